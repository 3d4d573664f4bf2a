import { durationBuckets } from '@sluice/kernel/metrics'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type CallOutcome = 'completed' | 'failed' | 'cancelled' | 'expired' | 'lost'

/** Metric children of one provider, bound once: a label look-up per request costs more than the increment. */
export interface ProviderMetrics {
  readonly firstByte: { observe(seconds: number): void }
  ended(outcome: CallOutcome): void
}

export function createProviderAdapterMetrics(registry: Registry) {
  const registers = [registry]
  const calls = new Counter({
    name: 'gateway_upstream_calls_total',
    help: 'Provider calls that ended, by provider and outcome',
    labelNames: ['provider', 'outcome'],
    registers,
  })
  const firstByte = new Histogram({
    name: 'gateway_upstream_first_byte_seconds',
    help: "Time from the call to the first byte of the provider's answer",
    labelNames: ['provider'],
    buckets: durationBuckets,
    registers,
  })
  const running = new Gauge({
    name: 'gateway_upstream_running',
    help: 'Generations this process is working on',
    registers,
  })
  return {
    running,
    forProvider(provider: string): ProviderMetrics {
      const children = new Map<CallOutcome, Counter.Internal>()
      return {
        firstByte: firstByte.labels({ provider }),
        ended(outcome) {
          let child = children.get(outcome)
          if (!child) children.set(outcome, (child = calls.labels({ provider, outcome })))
          child.inc()
        },
      }
    },
  }
}
export type ProviderAdapterMetrics = ReturnType<typeof createProviderAdapterMetrics>
