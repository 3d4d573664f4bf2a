import type { EventLog, StoredEvent } from '@sluice/event-log'
import { decodeBatch } from '@sluice/event-log/record-batch'
import { type FromLakeThread, toError, type ToLakeThread } from './lake-tasks.ts'

type Asked = Extract<FromLakeThread, { read: number }>
type Answer = Extract<ToLakeThread, { read: number }>

interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** The event log of the main thread, read by the batch. What of a batch goes beyond what was asked for waits for the next question. */
export class LogFromAfar implements Pick<EventLog, 'read'> {
  readonly #ask: (asked: Asked) => void
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>()
  #lastRead = 0
  #held: readonly StoredEvent[] = []
  #heldAt: Place | null = null

  constructor(ask: (asked: Asked) => void) {
    this.#ask = ask
  }

  answered(answer: Answer): void {
    this.#waiting.get(answer.read)?.resolve(answer)
    this.#waiting.delete(answer.read)
  }

  forget(): void {
    this.#held = []
    this.#heldAt = null
  }

  async read(
    topic: string,
    partition: number,
    offset: bigint,
    limit: number,
  ): Promise<readonly StoredEvent[]> {
    const place = { topic, partition, offset }
    const held = this.#heldAt
    const isHeld = held?.topic === topic && held.partition === partition && held.offset === offset
    const found = isHeld ? this.#held : await this.#fetch(place)
    this.#held = found.slice(limit)
    const [next] = this.#held
    this.#heldAt = next ? { topic, partition, offset: next.offset } : null
    return found.slice(0, limit)
  }

  async #fetch({ topic, partition, offset }: Place): Promise<readonly StoredEvent[]> {
    const read = (this.#lastRead += 1)
    const answer = Promise.withResolvers<Answer>()
    this.#waiting.set(read, answer)
    this.#ask({ read, topic, partition, offset })
    const answered = await answer.promise
    if ('failure' in answered) throw toError(answered.failure)
    const events: StoredEvent[] = []
    for (const batch of answered.batches)
      for (const event of await decodeBatch(batch, partition))
        if (event.offset >= offset) events.push(event)
    return events
  }
}
