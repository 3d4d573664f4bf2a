import { type Clock, systemClock } from '@sluice/kernel/clock'
import { HealthRegistry } from '@sluice/kernel/health'
import { type HttpServer, serve } from '@sluice/kernel/http-server'
import { createLogger, type Logger } from '@sluice/kernel/logger'
import { createMetricsRegistry } from '@sluice/kernel/metrics'
import { observabilityHandler } from '@sluice/kernel/observability-server'
import type { ServiceDependencies } from '@sluice/kernel/service'
import type { ProcessConfig } from './process-config.ts'

export interface ProcessBasics extends ServiceDependencies, AsyncDisposable {
  readonly clock: Clock
  readonly logger: Logger
  /** Null when it is switched off. */
  readonly observability: HttpServer | null
}

/** What every process has before it starts a service: clock, logger, metrics, health, and the port they are seen on. */
export async function startProcessBasics(
  name: string,
  config: ProcessConfig,
): Promise<ProcessBasics> {
  const clock = systemClock
  const logger = createLogger({
    service: name,
    level: config.logLevel,
    ...(config.logFormat && { format: config.logFormat }),
  })
  const registry = createMetricsRegistry()
  const health = new HealthRegistry({ clock, ...config.health })
  const { observability: place } = config
  const observability = place
    ? await serve(observabilityHandler({ service: name, registry, health }), {
        ...place,
        portFallback: 20,
        clock,
      })
    : null
  return {
    clock,
    logger,
    registry,
    health,
    observability,
    async [Symbol.asyncDispose]() {
      health[Symbol.dispose]()
      await observability?.drain(1_000)
      await new Promise<void>((resolve) => {
        logger.flush(() => {
          resolve()
        })
      })
    },
  }
}
