import type { NewEvent } from '@sluice/event-log'

/** Facts that were stored with what they tell of, and are not in the event log yet. */
export interface Outbox {
  /** Topics of which something waits that nobody is publishing. */
  waiting(): Promise<readonly string[]>
  /**
   * Hands the oldest unpublished events of a topic to `publish`, in one call as many whole batches as have up to `limit` events, and at least one; forgets them once it resolved. With `inOrder`
   * nothing else of the topic is handed over meanwhile, by whichever process, and what comes later is stored later; without it, what others publish is
   * passed over. What `publish` gives back is kept apart, and not handed over again. Returns how many events were published; rejects as
   * `publish` did, and keeps them all.
   */
  relay(
    topic: string,
    options: { readonly limit: number; readonly inOrder: boolean },
    publish: (events: readonly NewEvent[]) => Promise<readonly NewEvent[]>,
  ): Promise<number>
  /** Stores events on their own, for facts that no other row tells. */
  put(batches: readonly OutboxBatch[]): Promise<void>
  /** Events that wait. */
  backlog(): Promise<number>
}

export interface OutboxBatch {
  readonly topic: string
  readonly events: readonly NewEvent[]
}
