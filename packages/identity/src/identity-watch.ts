import { identityChannel, readIdentityRevision, IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { Json, WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'

export interface IdentityWatchOptions {
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger | undefined
  readonly timeoutMs: number
  /** One key changed, and which is known. */
  readonly onKeyChanged: (change: IdentityChange) => void
  /** Something changed: what was known before this revision is in doubt. */
  readonly onChangedBefore: (revision: number) => void
  /** Every few seconds: whether `auth` answered. */
  readonly onCompared: (answered: boolean) => void
}

const intervalMs = 5_000

/**
 * Hears of identity changes twice: by broadcast, which is immediate and may get lost, and by comparing the revision, which is certain. A
 * broadcast that skips a revision tells that another was lost.
 */
export class IdentityWatch implements AsyncDisposable {
  readonly #options: IdentityWatchOptions
  readonly #timer: Timer
  #revision = 0
  #comparing = false
  #answered = true
  #subscription: AsyncDisposable | null = null
  #subscribing: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: IdentityWatchOptions) {
    this.#options = options
    this.#timer = options.clock.every(intervalMs, () => void this.#tick())
    void this.#tick()
  }

  /** The highest revision heard of. */
  get revision(): number {
    return this.#revision
  }

  async #tick(): Promise<void> {
    if (this.#comparing) return
    this.#comparing = true
    if (!this.#subscription) this.#subscribing = this.#subscribe()
    const before = this.#revision
    try {
      const { queue, timeoutMs } = this.#options
      const { revision } = await callRpc(queue, readIdentityRevision, {}, { timeoutMs })
      this.#compare(before, revision)
      this.#report(true)
    } catch (error) {
      this.#report(false, error)
    } finally {
      this.#comparing = false
    }
  }

  #compare(before: number, revision: number): void {
    if (revision > this.#revision) {
      this.#revision = revision
      this.#options.onChangedBefore(revision)
    } else if (revision < before && this.#revision === before) {
      // The database was restored from a backup: revisions count from there, and nothing known is certain.
      this.#revision = revision
      this.#options.onChangedBefore(Infinity)
    }
  }

  #report(answered: boolean, error?: unknown): void {
    const { logger, onCompared } = this.#options
    // Once per outage.
    if (!answered && this.#answered)
      logger?.warn({ problem: messageOf(error) }, 'auth is away: known credentials stay known')
    if (answered && !this.#answered) logger?.info('auth answers again')
    this.#answered = answered
    onCompared(answered)
  }

  async #subscribe(): Promise<void> {
    try {
      const subscription = await this.#options.queue.onBroadcast(identityChannel, (message) => {
        this.#hear(message)
      })
      if (this.#closed) await subscription[Symbol.asyncDispose]()
      else this.#subscription = subscription
    } catch (error) {
      // Tried again with the next comparison, which until then finds the changes.
      this.#options.logger?.debug({ problem: messageOf(error) }, 'no identity broadcasts yet')
    }
  }

  #hear(message: Json): void {
    const parsed = IdentityChange.safeParse(message)
    if (!parsed.success) {
      void this.#tick() // from a newer version: something changed
      return
    }
    const change = parsed.data
    const lostOne = change.revision > this.#revision + 1
    this.#revision = Math.max(this.#revision, change.revision)
    if (change.entity === 'key') this.#options.onKeyChanged(change)
    if (change.entity !== 'key' || lostOne) this.#options.onChangedBefore(change.revision)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer.cancel()
    await this.#subscribing
    await this.#subscription?.[Symbol.asyncDispose]()
    this.#subscription = null
  }
}
