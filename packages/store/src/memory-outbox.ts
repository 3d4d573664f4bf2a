import type { NewEvent } from '@sluice/event-log'
import type { Outbox, OutboxBatch } from './outbox.ts'

export class MemoryOutbox implements Outbox {
  #batches: OutboxBatch[] = []
  readonly #held = new Set<OutboxBatch>()
  readonly #apart: OutboxBatch[] = []

  add(batches: readonly OutboxBatch[]): void {
    this.#batches.push(...batches.filter(({ events }) => events.length > 0))
  }

  async put(batches: readonly OutboxBatch[]): Promise<void> {
    this.add(batches)
  }

  async waiting(): Promise<readonly string[]> {
    const free = this.#batches.filter((batch) => !this.#held.has(batch))
    return [...new Set(free.map(({ topic }) => topic))]
  }

  async relay(
    topic: string,
    { limit, inOrder }: { readonly limit: number; readonly inOrder: boolean },
    publish: (events: readonly NewEvent[]) => Promise<readonly NewEvent[]>,
  ): Promise<number> {
    const ofTopic = this.#batches.filter((batch) => batch.topic === topic)
    const free = ofTopic.filter((batch) => !this.#held.has(batch))
    if (inOrder && free.length < ofTopic.length) return 0
    let taken = 0
    const batches = free.filter(({ events }, i) => (taken += events.length) <= limit || i === 0)
    if (batches.length === 0) return 0
    for (const batch of batches) this.#held.add(batch)
    try {
      const events = batches.flatMap((batch) => batch.events)
      const refused = await publish(events)
      this.#batches = this.#batches.filter((batch) => !batches.includes(batch))
      if (refused.length > 0) this.#apart.push({ topic, events: refused })
      return events.length - refused.length
    } finally {
      for (const batch of batches) this.#held.delete(batch)
    }
  }

  async backlog(): Promise<number> {
    return [...this.#batches, ...this.#apart].reduce((sum, { events }) => sum + events.length, 0)
  }
}
