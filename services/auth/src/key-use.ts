import type { Clock, Timer } from '@sluice/kernel/clock'
import type { AuthStore } from '@sluice/store/auth-store'

const intervalMs = 10_000

/**
 * When keys were last used: noted when one is asked about (every process asks once a minute about a key that it serves) and written in batches. What the
 * database does not take is forgotten: the next minute brings it again.
 */
export class KeyUse implements AsyncDisposable {
  readonly #store: Pick<AuthStore, 'noteUsed'>
  readonly #clock: Clock
  readonly #timer: Timer
  #used = new Map<string, number>()
  #writing: Promise<void> = Promise.resolve()

  constructor({ store, clock }: { readonly store: AuthStore; readonly clock: Clock }) {
    this.#store = store
    this.#clock = clock
    this.#timer = clock.every(intervalMs, () => {
      this.#write()
    })
  }

  note(keyId: string): void {
    this.#used.set(keyId, this.#clock.now())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer.cancel()
    this.#write()
    await this.#writing
  }

  #write(): void {
    if (this.#used.size === 0) return
    const used = this.#used
    this.#used = new Map()
    this.#writing = this.#writing.then(() => this.#store.noteUsed(used).catch(() => undefined))
  }
}
