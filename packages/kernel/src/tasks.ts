import type { Logger } from './logger.ts'

/** Fire-and-forget work that shutdown waits for. A failure is logged, never unhandled. */
export class BackgroundTasks implements AsyncDisposable {
  readonly #running = new Set<Promise<void>>()
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get size(): number {
    return this.#running.size
  }

  run(name: string, work: () => Promise<void>): void {
    const task = work()
      .catch((error: unknown) => {
        this.#logger.error({ err: error, task: name }, 'background task failed')
      })
      .finally(() => this.#running.delete(task))
    this.#running.add(task)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }
}
