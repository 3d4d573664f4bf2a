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

/** Sweeps for abandoned generations, one sweep at a time. Every router runs one: a sweep is one atomic step, so two do no harm. */
export function startReaper(
  config: { readonly reapIntervalMs: number },
  context: ReaperContext,
): AsyncDisposable {
  let sweep: Promise<void> | null = null
  let failing = false
  const run = async () => {
    try {
      const { requeued, failed, expired } = await context.generations.reap()
      failing = false
      for (const [outcome, count] of Object.entries({ requeued, failed, expired })) {
        if (count > 0) context.metrics.reaped.inc({ outcome }, count)
      }
      if (requeued + failed + expired > 0)
        context.logger.warn({ requeued, failed, expired }, 'reaped abandoned generations')
    } catch (error) {
      // Once per outage: the sweep comes again in a moment, and readiness tells the rest.
      if (!failing)
        context.logger.warn({ problem: messageOf(error) }, 'reaper cannot reach the generations')
      failing = true
    }
  }
  const timer = context.clock.every(config.reapIntervalMs, () => {
    sweep ??= run().finally(() => {
      sweep = null
    })
  })
  return {
    async [Symbol.asyncDispose]() {
      timer.cancel()
      await sweep
    },
  }
}
