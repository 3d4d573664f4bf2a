import type { EventLog, StoredEvent } from '@sluice/event-log'
import { eventLogErrors } from '@sluice/event-log/errors'
import { GatewayError } from '@sluice/kernel/errors'

/** Read from the log at once; turns may be a quarter of a megabyte each. */
const eventsPerRead = 250
/** Past any log: asks whether a partition is there without reading of it. */
const pastTheEnd = 2n ** 52n

/** A topic of the event log from any offsets on, partition after partition. */
export class LogTail {
  readonly topic: string
  readonly #events: Pick<EventLog, 'read'>
  #partitions = 0

  constructor(topic: string, events: Pick<EventLog, 'read'>) {
    this.topic = topic
    this.#events = events
  }

  /** In batches of one partition each; from the oldest that is kept where `next` says nothing. */
  async *from(
    next: (partition: number) => number | undefined,
  ): AsyncGenerator<readonly StoredEvent[]> {
    for (const partition of await this.partitions()) yield* this.of(partition, next(partition))
  }

  async *of(partition: number, next = 0): AsyncGenerator<readonly StoredEvent[]> {
    let offset = BigInt(next)
    for (;;) {
      const found = await this.#events.read(this.topic, partition, offset, eventsPerRead)
      const last = found.at(-1)
      if (!last) break
      yield found
      offset = last.offset + 1n
    }
  }

  async partitions(): Promise<readonly number[]> {
    return Array.from({ length: await this.#count() }, (_, partition) => partition)
  }

  /** None while the topic is not there. Topics never change them. */
  async #count(): Promise<number> {
    if (this.#partitions > 0) return this.#partitions
    for (let partition = 0; ; partition += 1) {
      try {
        await this.#events.read(this.topic, partition, pastTheEnd, 1)
      } catch (error) {
        const isUnknown = GatewayError.is(error) && error.code === eventLogErrors.unknown_topic.code
        if (!isUnknown) throw error
        this.#partitions = partition
        return partition
      }
    }
  }
}
