import type { OnDisconnect } from '@sluice/contracts/generation/generation-request'
import type { RequestId } from '@sluice/contracts/ids'
import type { Generations } from '@sluice/generations'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'

export interface DepartedCallsOptions {
  readonly generations: Generations
  readonly clock: Clock
  readonly logger: Logger
  readonly graceMs: number
}

/** Generations waiting for their client at once; beyond it the one that waited longest is given up. */
const maxWaiting = 10_000

/**
 * Generations whose client left. `cancel` ends them at once, `grace` after a while, `continue` never. At shutdown those in grace go on: the
 * client may come back to another process.
 */
export class DepartedCalls implements Disposable {
  readonly #options: DepartedCallsOptions
  /** In the order of their ends, since all wait equally long. */
  readonly #waiting = new Map<RequestId, Timer>()

  constructor(options: DepartedCallsOptions) {
    this.#options = options
  }

  async add(id: RequestId, policy: OnDisconnect): Promise<void> {
    if (policy === 'cancel') await this.#cancel(id)
    else if (policy === 'grace') this.#wait(id)
  }

  #wait(id: RequestId): void {
    const [longest] = this.#waiting.keys()
    if (longest !== undefined && this.#waiting.size >= maxWaiting) this.#giveUp(longest)
    const timer = this.#options.clock.after(this.#options.graceMs, () => {
      this.#giveUp(id)
    })
    this.#waiting.set(id, timer)
  }

  #giveUp(id: RequestId): void {
    this.#waiting.get(id)?.cancel()
    this.#waiting.delete(id)
    void this.#cancel(id)
  }

  /** A cancel that cannot be delivered is logged and dropped: the generation then ends by itself, at its deadline at the latest. */
  async #cancel(id: RequestId): Promise<void> {
    try {
      await this.#options.generations.cancel(id, 'client_disconnected')
    } catch (error) {
      const problem = messageOf(error)
      this.#options.logger.warn({ request_id: id, problem }, 'cannot cancel a generation')
    }
  }

  [Symbol.dispose](): void {
    for (const timer of this.#waiting.values()) timer.cancel()
    this.#waiting.clear()
  }
}
