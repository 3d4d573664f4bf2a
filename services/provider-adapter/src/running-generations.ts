import type { Clock } from '@sluice/kernel/clock'
import { TransientSet } from '@sluice/kernel/transient-set'
import type { GenerationRun } from './generation-run.ts'

/** The generations this process works on: counted, and ended or handed over when the process may not wait for them. */
export class RunningGenerations {
  readonly #runs = new TransientSet<GenerationRun>()
  readonly #clock: Clock
  #ending = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#runs.size
  }

  async track(run: GenerationRun, finished: Promise<void>): Promise<void> {
    this.#runs.add(run)
    if (this.#ending) run.shutDown()
    try {
      await finished
    } finally {
      this.#runs.delete(run)
    }
  }

  /** From `ms` on, whatever runs ends or is handed over, and so does at once whatever still comes in. */
  endAfter(ms: number): Disposable {
    return this.#clock.after(ms, () => {
      this.#ending = true
      for (const run of this.#runs.values()) run.shutDown()
    })
  }
}
