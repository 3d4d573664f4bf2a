import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import type { UsageStore } from '@sluice/store/usage-store'
import type { AlertBoard } from './alert-board.ts'
import type { UsageConfig } from './config.ts'

export interface OutboxWatchContext {
  readonly store: UsageStore
  readonly alerts: AlertBoard
  readonly clock: Clock
  readonly logger: Logger
}

const lookEveryMs = 15_000

/** Nothing is refused or dropped at any length of the outbox, so somebody has to hear of it while the disk has room: at half of what counts as full. */
export function startOutboxWatch(
  { outboxMaxEvents: limit }: UsageConfig,
  { store, alerts, clock, logger }: OutboxWatchContext,
): AsyncDisposable & { readonly look: () => void } {
  let looking: Promise<void> | null = null
  let isFilling = false
  const look = async () => {
    const waiting = await store.backlog()
    const isOn = waiting >= limit / 2
    // Once per outage and process, also where the alert has been told by another one.
    if (isOn && !isFilling)
      logger.error({ waiting, limit }, 'the outbox is more than half full: the event log is away')
    if (isOn || isFilling) {
      await alerts.turn({
        name: 'outbox_half_full',
        isOn,
        severity: 'critical',
        summary: isOn
          ? 'facts wait in the outbox, which is half full'
          : 'the outbox is less than half full again',
        values: { waiting, limit },
      })
    }
    isFilling = isOn
  }
  const lookOnce = () => {
    // The database may be what is away.
    looking ??= look()
      .catch(() => undefined)
      .finally(() => {
        looking = null
      })
  }
  const timer = clock.every(lookEveryMs, lookOnce)
  return {
    look: lookOnce,
    async [Symbol.asyncDispose]() {
      timer.cancel()
      await looking
    },
  }
}
