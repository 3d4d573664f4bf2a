import type { RequestId } from '@sluice/contracts/ids'

/** Ended generations as bytes, kept for a while after their hot logs are gone. */
export interface ArchiveStore {
  /** Keeps them together, as of `storedAt` (Unix ms): they are compressed and removed as one. The first time that one is kept counts. */
  put(storedAt: number, generations: readonly StoredGeneration[]): Promise<void>
  /** Null when there is none, or it was stored before `since` (Unix ms). */
  get(id: RequestId, since: number): Promise<Uint8Array | null>
  /** Shows all that was stored in a period (Unix ms, `to` exclusive), some at a time. */
  visit(
    period: { readonly from: number; readonly to: number },
    show: (generations: readonly StoredGeneration[]) => Promise<void>,
  ): Promise<void>
  /** Removes what was stored before `before` (Unix ms), then the oldest until at most `maxBytes` remain, as they are kept. */
  trim(bounds: { readonly before: number; readonly maxBytes: number }): Promise<void>
  /** Requests that have a ledger row and are not kept, in order of their ids from beyond `after`: what a writer that died left undone. */
  missing(after: string, limit: number): Promise<readonly RequestId[]>
}

export interface StoredGeneration {
  readonly id: RequestId
  readonly content: Uint8Array
}
