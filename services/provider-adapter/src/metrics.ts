import { durationBuckets } from '@sluice/kernel/metrics'
import { distributions, tallies, type Tally } from '@sluice/kernel/tallies'
import { Gauge, type Registry } from 'prom-client'

export type CallOutcome = 'completed' | 'failed' | 'cancelled' | 'expired' | 'lost' | 'handed_over'

/** Metric children of one provider, made once. */
export interface ProviderMetrics {
  readonly firstByte: { observe(seconds: number): void }
  ended(outcome: CallOutcome): void
  /** A call that is made again. */
  readonly repeated: Tally
  readonly credentialRefused: Tally
}

export function createProviderAdapterMetrics(registry: Registry, running: () => number) {
  const registers = [registry]
  const calls = tallies({
    name: 'gateway_upstream_calls_total',
    help: 'Provider calls that ended, by provider and outcome',
    labelNames: ['provider', 'outcome'],
    registry,
  })
  const repeated = tallies({
    name: 'gateway_upstream_retries_total',
    help: 'Provider calls that were made again, for the same generation',
    labelNames: ['provider'],
    registry,
  })
  const credentialRefused = tallies({
    name: 'gateway_upstream_credential_refused_total',
    help: 'Calls whose credential of ours a provider refused: somebody has to look after it',
    labelNames: ['provider'],
    registry,
  })
  const firstByte = distributions<'provider'>({
    name: 'gateway_upstream_first_byte_seconds',
    help: "Time from the call to the first byte of the provider's answer",
    buckets: durationBuckets,
    registry,
  })
  new Gauge({
    name: 'gateway_upstream_running',
    help: 'Generations this process is working on',
    registers,
    collect() {
      this.set(running())
    },
  })
  return {
    forProvider(provider: string): ProviderMetrics {
      const children = new Map<CallOutcome, Tally>()
      return {
        firstByte: firstByte({ provider }),
        repeated: repeated({ provider }),
        credentialRefused: credentialRefused({ provider }),
        ended(outcome) {
          let child = children.get(outcome)
          if (!child) children.set(outcome, (child = calls({ provider, outcome })))
          child.inc()
        },
      }
    },
  }
}
export type ProviderAdapterMetrics = ReturnType<typeof createProviderAdapterMetrics>
