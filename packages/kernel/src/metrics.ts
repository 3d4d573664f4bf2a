import { collectDefaultMetrics, Registry } from 'prom-client'

/** prom-client's default registry is a global; every process (and every test) makes its own. */
export function createMetricsRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  // Named `_total` although they are gauges: promtool refuses them.
  for (const name of [
    'nodejs_active_handles_total',
    'nodejs_active_resources_total',
    'nodejs_active_requests_total',
  ])
    registry.removeSingleMetric(name)
  return registry
}

/** Seconds, from 1 ms to 80 s: the range from an embedded non-stream to a long stream. */
export const durationBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80,
]
