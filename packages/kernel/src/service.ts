import type { RequestListener } from 'node:http'
import type { Registry } from 'prom-client'
import type { Clock } from './clock.ts'
import type { HealthRegistry } from './health.ts'
import type { Logger } from './logger.ts'

/**
 * What every service is: a function from configuration and dependencies to this. Disposing drains it: no new work is taken, what runs ends
 * within the service's own shutdown time.
 */
export interface Service extends AsyncDisposable {
  /** The service's HTTP surface, if it has one; it listens to nothing by itself. */
  readonly handler?: RequestListener
}

/** What every service is given besides its ports. */
export interface ServiceDependencies {
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Registry
  readonly health: HealthRegistry
}
