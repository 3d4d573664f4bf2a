import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { AuthStore } from '@sluice/store/auth-store'
import { within } from './within.ts'

export interface RevisionWatchOptions {
  readonly store: AuthStore
  readonly clock: Clock
  readonly logger: Logger
  /** The revision moved, and not by a change that was reported with `changed`. */
  readonly onMoved: (revision: number) => void
  /** After every reading that succeeded: the moment to try again what the database or another store refused. */
  readonly onReachable: () => void
}

const intervalMs = 2_000
const timeoutMs = 1_500

/** Notices changes that other processes made: the command line, another replica. */
export class RevisionWatch implements Disposable {
  readonly #options: RevisionWatchOptions
  readonly #timer: Timer
  #revision: number | null = null
  #reading = false
  #away = false

  constructor(options: RevisionWatchOptions) {
    this.#options = options
    this.#timer = options.clock.every(intervalMs, () => void this.#tick())
  }

  /** Changes made here: one that follows directly on what is known was nobody else's. */
  changed(revision: number): void {
    if (this.#revision !== null && revision === this.#revision + 1) this.#revision = revision
  }

  async read(): Promise<number> {
    const { store, clock, onMoved } = this.#options
    const before = this.#revision
    const revision = await within(clock, timeoutMs, store.revision())
    // What changed here during the reading makes it an old one.
    if (this.#revision === before && revision !== before) {
      this.#revision = revision
      onMoved(revision)
    }
    return revision
  }

  async #tick(): Promise<void> {
    if (this.#reading) return
    const { logger, onReachable } = this.#options
    this.#reading = true
    try {
      await this.read()
      if (this.#away) logger.info('the database answers again')
      this.#away = false
      onReachable()
    } catch (error) {
      if (!this.#away)
        logger.warn({ problem: messageOf(error) }, 'the database is away: verdicts from memory')
      this.#away = true
    } finally {
      this.#reading = false
    }
  }

  [Symbol.dispose](): void {
    this.#timer.cancel()
  }
}
