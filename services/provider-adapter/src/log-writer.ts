import type { EntryHead } from '@sluice/contracts/generation/log-entry'
import type { Claim, End, Generations } from '@sluice/generations'
import type { Clock } from '@sluice/kernel/clock'

/** Events that may wait for the log before the provider is told to pause, bytes. */
const maxPendingBytes = 256 * 1024
const separator = Buffer.from('\n')

export interface LogWriterHooks {
  /** Of the first entry: asked when it is written. */
  head(): EntryHead
  /** What waited was written: the provider may send again. */
  onDrained(): void
  /**
   * Nothing can be written any more: another writer holds the generation, its log is gone (`unknown`), or stayed away. `end` is what was to be
   * written last. The writer stays open until `abandon`.
   */
  onLost(problem: unknown, end: End | null): void
}

/**
 * Writes one generation's log. One write is in flight at a time; what arrives meanwhile becomes the next entry, so a slow log makes fewer and
 * larger entries, never more of them.
 */
export class LogWriter {
  /** Resolves once nothing will be written any more. */
  readonly closed: Promise<void>
  /** Unix ms at which the first part was handed to the log. From then on a client may have seen it, written or not. */
  firstPartAt: number | null = null
  readonly #generations: Generations
  readonly #claim: Claim
  readonly #clock: Clock
  readonly #hooks: LogWriterHooks
  readonly #close: () => void
  #pending: (string | Buffer)[] = []
  #pendingBytes = 0
  #writing = false
  #headWritten = false
  #end: End | null = null
  #abandoned = false

  constructor(generations: Generations, claim: Claim, clock: Clock, hooks: LogWriterHooks) {
    this.#generations = generations
    this.#claim = claim
    this.#clock = clock
    this.#hooks = hooks
    const { promise, resolve } = Promise.withResolvers<void>()
    this.closed = promise
    this.#close = resolve
  }

  /** Something of this attempt may have reached a client. */
  get published(): boolean {
    return this.firstPartAt !== null
  }

  /** False = enough is waiting: pause until `onDrained`. */
  publish(events: readonly string[]): boolean {
    this.firstPartAt ??= this.#clock.now()
    for (const event of events) {
      this.#pending.push(event)
      this.#pendingBytes += event.length
    }
    this.#start()
    return this.#pendingBytes < maxPendingBytes
  }

  /** Ends the log: `last` and whatever still waits go into the terminal entry. */
  finish(last: readonly (string | Buffer)[], end: End): void {
    this.#pending.push(...last)
    this.#end = end
    this.#start()
  }

  /** Nothing more is to be written: the generation belongs to somebody else now, or to nobody. */
  abandon(): void {
    this.#abandoned = true
    this.#close()
  }

  #start(): void {
    if (this.#writing) return
    this.#writing = true
    this.#write().catch((problem: unknown) => {
      // The log stayed away beyond the port's own retries: the lease runs out and the reaper decides.
      this.#lose(problem)
    })
  }

  #lose(problem: unknown): void {
    if (this.#abandoned) return
    this.#abandoned = true
    this.#hooks.onLost(problem, this.#end)
  }

  async #write(): Promise<void> {
    while (!this.#abandoned) {
      const end = this.#end
      if (!end && this.#pending.length === 0) {
        // In the same step as the decision to stop: what comes in a moment later must start the next write.
        this.#writing = false
        return
      }
      const entry = {
        head: this.#headWritten ? null : this.#hooks.head(),
        data: this.#takePending(),
      }
      this.#headWritten = true
      if (end) {
        const finished = await this.#generations.finish(this.#claim, entry, end)
        if (finished.ok) this.#close()
        else this.#lose(finished.refusal)
        return
      }
      const written = await this.#generations.append(this.#claim, [entry])
      if (!written.ok) {
        this.#lose(written.refusal)
        return
      }
      this.#hooks.onDrained()
    }
  }

  #takePending(): Buffer {
    const events = this.#pending
    this.#pending = []
    this.#pendingBytes = 0
    const [only] = events
    if (events.length === 1 && only !== undefined)
      return typeof only === 'string' ? Buffer.from(only) : only
    if (events.every((event) => typeof event === 'string')) return Buffer.from(events.join('\n'))
    const parts = events.flatMap((event) => [separator, Buffer.from(event as string)])
    return Buffer.concat(parts.slice(1))
  }
}
