import type { KeyId, RequestId, TenantId } from '@sluice/contracts/ids'
import type { Outbox, OutboxBatch } from './outbox.ts'

/**
 * Responses that callers may come back to: what was asked, and how it ended. A response is kept before its generation is accepted and ended
 * once; its name is the generation's.
 */
export interface ResponseStore {
  /** The first time that one is kept counts. */
  keep(response: KeptResponse): Promise<void>
  /** Whoever does not own it, or asks after its time, finds nothing. */
  find(id: RequestId, owner: Owner, now: number): Promise<StoredResponse | null>
  /**
   * The response and those it goes on from, the oldest first; null when one of them is not there for this owner, or when there are more than
   * `limit`.
   */
  chain(
    id: RequestId,
    owner: Owner,
    bounds: { readonly now: number; readonly limit: number },
  ): Promise<readonly StoredResponse[] | null>
  /** The first end counts; one that is not there has none. `facts` are stored with the one that counts. */
  end(id: RequestId, response: string, facts?: readonly OutboxBatch[]): Promise<void>
  /** Without an end and kept before `before` (Unix ms), in order of their ids from beyond `after`. */
  open(before: number, after: string, limit: number): Promise<readonly StoredResponse[]>
  /** False when there was none for this owner. */
  remove(id: RequestId, owner: Owner): Promise<boolean>
  /** Those made with one of these keys of a tenant, in order of their ids from beyond `after`. */
  ofKeys(
    tenantId: TenantId,
    keyIds: readonly KeyId[],
    page: { readonly after: string; readonly limit: number },
  ): Promise<readonly StoredResponse[]>
  /** Removes those made with one of these keys, and those with one of these ids; returns how many. */
  erase(
    tenantId: TenantId,
    which: { readonly keyIds: readonly KeyId[]; readonly ids: readonly RequestId[] },
  ): Promise<number>
  /** Removes those whose time was over at `now`, at most `limit`. Returns how many. */
  trim(now: number, limit: number): Promise<number>
  /** Resolves when the store answers; throws otherwise. */
  ping(): Promise<void>
  readonly outbox: Outbox
}

/** Only the key that made a response can see it. */
export interface Owner {
  readonly tenantId: TenantId
  readonly keyId: KeyId
}

export interface KeptResponse extends Owner {
  readonly id: RequestId
  readonly previousId: RequestId | null
  readonly background: boolean
  readonly stream: boolean
  /** Model as the caller named it. */
  readonly model: string
  /** What was new in this turn: a JSON array of items. */
  readonly input: string
  /** The call without model and input, JSON. */
  readonly asked: string
  /** Unix ms. */
  readonly createdAt: number
  readonly expiresAt: number
}

export interface StoredResponse extends KeptResponse {
  /** The response as it ended, JSON; null while it runs. */
  readonly response: string | null
}
