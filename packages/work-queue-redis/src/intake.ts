export interface IntakeOptions<Work> {
  readonly concurrency: number
  /** Takes at most `free` pieces; fewer mean that there are no more for now. */
  readonly take: (free: number) => Promise<readonly Work[]>
  /** Never rejects. */
  readonly run: (work: Work) => Promise<void>
  /** Taking failed; the next wake-up tries again. */
  readonly onTakeFailed: (error: unknown) => void
}

/** Keeps up to `concurrency` pieces of work running. Takes when woken or when a slot becomes free, and never more than fit. */
export class Intake<Work> {
  readonly #options: IntakeOptions<Work>
  readonly #running = new Set<Promise<void>>()
  #filling: Promise<void> | null = null
  #mayHaveMore = false
  #isStopping = false

  constructor(options: IntakeOptions<Work>) {
    this.#options = options
  }

  wake(): void {
    this.#mayHaveMore = true
    this.#fill()
  }

  /** Takes nothing new, and waits for what runs; what a take in flight still brings is run as well. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#filling
    await Promise.all(this.#running)
  }

  #fill(): void {
    this.#filling ??= this.#takeWhileThereIsRoom().finally(() => {
      this.#filling = null
    })
  }

  async #takeWhileThereIsRoom(): Promise<void> {
    const { concurrency, take, onTakeFailed } = this.#options
    try {
      while (this.#mayHaveMore && !this.#isStopping && this.#running.size < concurrency) {
        this.#mayHaveMore = false
        const free = concurrency - this.#running.size
        const taken = await take(free)
        if (taken.length === free) this.#mayHaveMore = true
        for (const work of taken) this.#start(work)
      }
    } catch (error) {
      onTakeFailed(error)
    }
  }

  #start(work: Work): void {
    const run = this.#options.run(work).finally(() => {
      this.#running.delete(run)
      this.#fill()
    })
    this.#running.add(run)
  }
}
