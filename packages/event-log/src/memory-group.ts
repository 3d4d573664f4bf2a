import { sleep, type Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import type { StoredEvent } from './event-log.ts'
import { redeliveryPauseMs } from './redelivery-pause.ts'

type Handler = (events: readonly StoredEvent[]) => Promise<void>

interface Batch {
  readonly partition: number
  readonly events: readonly StoredEvent[]
}

/** The offsets of one group in one topic. Its members take partitions in turn; one member at a time works on a partition. */
export class MemoryGroup {
  readonly #partitions: readonly StoredEvent[][]
  readonly #clock: Clock
  readonly #logger: Logger | undefined
  /** Per partition, the first event the group has not handled. */
  readonly #next: number[]
  readonly #taken = new Set<number>()
  #turn = 0
  #change = Promise.withResolvers<void>()

  constructor(partitions: readonly StoredEvent[][], clock: Clock, logger: Logger | undefined) {
    this.#partitions = partitions
    this.#clock = clock
    this.#logger = logger
    this.#next = partitions.map(() => 0)
  }

  join(maxBatch: number, handler: Handler): AsyncDisposable {
    const stopping = new AbortController()
    const running = this.#consume(maxBatch, handler, stopping.signal)
    const stop = () => {
      stopping.abort()
      this.wake()
      return running
    }
    return { [Symbol.asyncDispose]: stop }
  }

  /** Something may be there to take, or somebody has to stop. */
  wake(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  async #consume(maxBatch: number, handler: Handler, stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const changed = this.#change.promise
      const batch = this.#take(maxBatch)
      if (!batch) {
        await changed
        continue
      }
      const handled = await this.#handle(batch, handler, stopping)
      this.#taken.delete(batch.partition)
      if (handled) this.#next[batch.partition] = Number(batch.events.at(-1)?.offset) + 1
      this.wake()
    }
  }

  #take(maxBatch: number): Batch | null {
    for (let i = 0; i < this.#partitions.length; i += 1) {
      const partition = (this.#turn + i) % this.#partitions.length
      if (this.#taken.has(partition)) continue
      const from = this.#next[partition] ?? 0
      const events = this.#partitions[partition]?.slice(from, from + maxBatch) ?? []
      if (events.length === 0) continue
      this.#turn = partition + 1
      this.#taken.add(partition)
      return { partition, events }
    }
    return null
  }

  /** Repeats one batch until its handler resolves; false when the member had to stop first. */
  async #handle(batch: Batch, handler: Handler, stopping: AbortSignal): Promise<boolean> {
    for (let failures = 1; ; failures += 1) {
      try {
        await handler(batch.events)
        return true
      } catch (thrown) {
        const { partition } = batch
        this.#logger?.warn(
          { err: thrown, partition, failures },
          'batch failed and will be repeated',
        )
      }
      const isOver = await sleep(this.#clock, redeliveryPauseMs(failures), stopping).then(
        () => false,
        () => true,
      )
      if (isOver) return false
    }
  }
}
