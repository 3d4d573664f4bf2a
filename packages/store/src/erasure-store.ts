/** Removals of people that were asked for, and how far they are. Times are Unix ms. */
export interface ErasureStore {
  /** The one that was asked for first, or this one. */
  request(erasure: NewErasure): Promise<Erasure>
  find(tenantId: string, userId: string): Promise<Erasure | null>
  /** Adds to what was removed; `finishedAt` ends it. */
  progress(
    tenantId: string,
    userId: string,
    removed: Partial<Removed>,
    finishedAt: number | null,
  ): Promise<void>
}

export interface NewErasure {
  readonly tenantId: string
  readonly userId: string
  readonly pseudonym: string
  readonly requestedAt: number
}

export interface Erasure extends NewErasure {
  readonly finishedAt: number | null
  readonly removed: Removed
}

export interface Removed {
  readonly responses: number
  readonly answers: number
  readonly keys: number
  readonly bills: number
}

export const nothingRemoved: Removed = Object.freeze({
  responses: 0,
  answers: 0,
  keys: 0,
  bills: 0,
})
