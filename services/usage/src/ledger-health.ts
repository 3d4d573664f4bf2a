import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { AlertBoard } from './alert-board.ts'
import type { UsageMetrics } from './metrics.ts'

/**
 * Whether the ledger takes bills. When it does not, no call fails for it: bills wait where they came from, and that is all that anybody would
 * notice. So it is said here: in the log, once, in a metric, and in readiness.
 */
export class LedgerHealth {
  readonly #metrics: UsageMetrics
  readonly #logger: Logger
  readonly #alerts: AlertBoard
  /** Null: they are taken. */
  #problem: string | null = null

  constructor(metrics: UsageMetrics, logger: Logger, alerts: AlertBoard) {
    this.#alerts = alerts
    this.#metrics = metrics
    this.#logger = logger
  }

  /** Throws what `store` throws. */
  async watch<Result>(store: () => Promise<Result>): Promise<Result> {
    try {
      const result = await store()
      if (this.#problem !== null) {
        this.#logger.info('the ledger takes bills again')
        void this.#tell(false)
      }
      this.#problem = null
      return result
    } catch (thrown) {
      this.#metrics.failures.inc()
      const problem = messageOf(thrown)
      if (this.#problem === null) {
        this.#logger.error({ problem }, 'the ledger takes no bills: they wait')
        void this.#tell(true)
      }
      this.#problem = problem
      throw thrown
    }
  }

  #tell(isOn: boolean): Promise<void> {
    return this.#alerts.turn({
      name: 'ledger_refuses',
      isOn,
      severity: 'critical',
      summary: isOn ? 'bills wait for the ledger' : 'the ledger has taken the bills',
      values: {},
    })
  }

  /** Fails as long as bills are not taken. */
  probe(): Promise<void> {
    return this.#problem === null ? Promise.resolve() : Promise.reject(new Error(this.#problem))
  }
}
