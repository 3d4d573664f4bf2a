import type { RequestListener } from 'node:http'

/**
 * What every service is: a function from configuration and dependencies to this. Disposing drains it: no new work is taken, what runs ends
 * within the service's own shutdown time.
 */
export interface Service extends AsyncDisposable {
  /** The service's HTTP surface, if it has one; it listens to nothing by itself. */
  readonly handler?: RequestListener
}
