import type { Clock } from '@sluice/kernel/clock'

const pauseMs = 5_000

/** While `agent` does not answer, a call that did not ask to be kept is not held up by it, but for one now and then that tries. */
export class KeepPause {
  readonly #clock: Pick<Clock, 'monotonic'>
  #until = Number.NEGATIVE_INFINITY

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  get active(): boolean {
    return this.#clock.monotonic() < this.#until
  }

  begin(): void {
    this.#until = this.#clock.monotonic() + pauseMs
  }
}
