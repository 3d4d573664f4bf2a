import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { AlertBoard } from './alert-board.ts'
import type { UsageMetrics } from './metrics.ts'
import { type Books, reconcile } from './reconcile.ts'

export interface NightlyContext {
  readonly books: Books
  /** Events that are not in the event log yet. */
  readonly backlog: () => Promise<number>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: UsageMetrics
  readonly alerts: AlertBoard
}

const dayMs = 86_400_000
const lookEveryMs = 300_000
/** Longer than a check takes: one that died is done again after it. */
const holdMs = 2 * 3_600_000

/**
 * Compares the books of yesterday (UTC), once, by one process of however many: from `atMs` after midnight on, as soon as no event waits any more. Differences
 * are for people: nothing is mended.
 */
export function startNightlyCheck(
  { atMs }: { readonly atMs: number },
  context: NightlyContext,
): AsyncDisposable {
  const { clock, logger } = context
  let running: Promise<void> | null = null
  const timer: Timer = clock.every(lookEveryMs, () => {
    running ??= look(atMs, context)
      .catch((thrown: unknown) => {
        logger.warn({ problem: messageOf(thrown) }, 'the books could not be compared')
      })
      .finally(() => {
        running = null
      })
  })
  return {
    async [Symbol.asyncDispose]() {
      timer.cancel()
      await running
    },
  }
}

async function look(atMs: number, context: NightlyContext): Promise<void> {
  const { books, backlog, clock, logger, metrics, alerts } = context
  const now = clock.now()
  const today = Math.floor(now / dayMs) * dayMs
  if (now < today + atMs || (await backlog()) > 0) return
  const yesterday = today - dayMs
  const from = await books.store.claim(yesterday, { now, holdMs })
  if (from === null) return
  const found = await reconcile({ from: yesterday, to: today }, books, from)
  const { bills, events, ends, differenceCount, differences } = found
  metrics.reconciled.inc()
  metrics.differences.set(differenceCount)
  const day = new Date(yesterday).toISOString().slice(0, 10)
  const counts = { day, bills, events, ends, differences: differenceCount }
  if (differenceCount === 0) logger.info(counts, 'the books agree')
  else logger.error({ ...counts, first: differences.slice(0, 20) }, 'the books differ')
  const isOn = differenceCount > 0
  await alerts.turn({
    name: 'books_difference',
    isOn,
    severity: 'critical',
    summary: isOn ? `books of ${day} do not match` : `books of ${day} match`,
    values: { bills, events, ends, differences: differenceCount },
  })
  await books.store.finish(yesterday, found.positions)
}
