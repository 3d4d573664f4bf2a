import type { RequestId } from '@sluice/contracts/ids'

/** Ended generations as bytes, kept for a while after their hot logs are gone. */
export interface ArchiveStore {
  /** Keeps those that are not there yet; repeating it changes nothing. */
  put(generations: readonly StoredGeneration[]): Promise<void>
  /** Null when there is none, or it was stored before `since` (Unix ms). */
  get(id: RequestId, since: number): Promise<Uint8Array | null>
  /** Removes what was stored before `before` (Unix ms), then the oldest until at most `maxBytes` remain, as they are kept. Returns how many went. */
  trim(bounds: { readonly before: number; readonly maxBytes: number }): Promise<number>
  /** Requests that have a ledger row and are not kept, in order of their ids from beyond `after`: what a writer that died left undone. */
  missing(after: string, limit: number): Promise<readonly RequestId[]>
}

export interface StoredGeneration {
  readonly id: RequestId
  /** Unix ms. */
  readonly storedAt: number
  readonly content: Uint8Array
}
