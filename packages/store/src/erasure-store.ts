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
  /** Everything is removed but what tables have that others write: whoever can erases it from them, and ends it. The first time stays. */
  waitForLake(
    tenantId: string,
    userId: string,
    keyIds: readonly string[],
    since: number,
  ): Promise<void>
  /** Of every tenant, whoever waits longest first. */
  waitingForLake(): Promise<readonly WaitingForLake[]>
}

/** Somebody, and the keys that were theirs. */
export interface WaitingForLake {
  readonly tenantId: string
  readonly userId: string
  readonly keyIds: readonly string[]
  readonly since: number
}

export interface NewErasure {
  readonly tenantId: string
  readonly userId: string
  readonly pseudonym: string
  readonly requestedAt: number
}

export interface Erasure extends NewErasure {
  readonly finishedAt: number | null
  /** Since when only the lake is missing; null = it is not that. */
  readonly waitsForLakeSince: number | null
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
