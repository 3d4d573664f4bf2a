import type { Generations } from '@sluice/generations'
import type { Clock } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { RouterMetrics } from './metrics.ts'

interface ReaperContext {
  readonly generations: Generations
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: RouterMetrics
}

/** Without a sweep for so long, what a dead worker held waits longer than callers were promised. */
const overdueMs = 5_000

export interface Reaper extends AsyncDisposable {
  /** Seconds since this process last finished a sweep; since its start while it has not. */
  ageSeconds(): number
  /** For readiness: throws while sweeps are overdue. */
  probe(): Promise<void>
}

/** Sweeps for abandoned generations, one sweep at a time. Every router runs one: each step of a sweep is atomic and passes over what has moved on, so two do no harm. */
export function startReaper(
  config: { readonly reapIntervalMs: number },
  context: ReaperContext,
): Reaper {
  const { generations, clock, logger, metrics } = context
  let sweep: Promise<void> | null = null
  let sweptAt = clock.monotonic()
  /** What the last sweep failed with; null after one that did not. */
  let problem: string | null = null
  let isReported = false
  const ageMs = () => clock.monotonic() - sweptAt

  const run = async () => {
    try {
      const { requeued, failed, expired } = await generations.reap()
      if (isReported) logger.info({ paused_ms: Math.round(ageMs()) }, 'the reaper sweeps again')
      sweptAt = clock.monotonic()
      problem = null
      isReported = false
      for (const [outcome, count] of Object.entries({ requeued, failed, expired })) {
        if (count > 0) metrics.reaped.inc({ outcome }, count)
      }
      if (requeued + failed + expired > 0)
        logger.warn({ requeued, failed, expired }, 'reaped abandoned generations')
    } catch (error) {
      metrics.reapFailures.inc()
      problem = messageOf(error)
    }
  }
  const timer = clock.every(config.reapIntervalMs, () => {
    // A sweep that got no answer is not followed by another, so being overdue is noticed here and not by its failure.
    if (!isReported && ageMs() > overdueMs) {
      isReported = true
      logger.error({ problem }, 'no sweep for abandoned generations has succeeded for 5 s')
    }
    sweep ??= run().finally(() => {
      sweep = null
    })
  })
  return {
    ageSeconds: () => ageMs() / 1_000,
    async probe() {
      if (ageMs() > overdueMs) throw new Error(problem ?? 'the last sweep has not ended')
    },
    async [Symbol.asyncDispose]() {
      timer.cancel()
      await sweep
    },
  }
}
