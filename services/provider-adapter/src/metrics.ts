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

/** What stands between a provider and its next call. */
export interface ProviderStanding {
  readonly name: string
  readonly circuits_open: number
  readonly calls: number
  readonly waiting: number
  readonly keys: number
  readonly keys_resting: number
  /** 1 = it does not answer at all. */
  readonly down: number
}

/** Providers of all tenants together: they make as many as they like, and call them what they like. */
const ofTenants = '~tenants'

function labelOf(id: string): string {
  return id.includes('~') ? ofTenants : id
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
  let standings: () => readonly ProviderStanding[] = () => []
  for (const [name, help, read] of [
    [
      'gateway_upstream_circuits_open',
      'Tenants whose calls of a provider are refused for now',
      'circuits_open',
    ],
    ['gateway_upstream_slots', 'Calls that hold a place at a provider', 'calls'],
    ['gateway_upstream_waiting', 'Calls that wait for a place at a provider', 'waiting'],
    ['gateway_upstream_keys_resting', 'Keys of a provider that rest', 'keys_resting'],
    ['gateway_upstream_down', '1 while a provider does not answer at all', 'down'],
  ] as const) {
    new Gauge({
      name,
      help,
      labelNames: ['provider'],
      registers,
      collect() {
        this.reset()
        for (const standing of standings())
          this.inc({ provider: labelOf(standing.name) }, standing[read])
      },
    })
  }
  const known = new Map<string, ProviderMetrics>()
  const metricsOf = (provider: string): ProviderMetrics => {
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
  }
  return {
    follow(providers: { standings(): readonly ProviderStanding[] }): void {
      standings = () => providers.standings()
    },
    /** By `providerId`. A provider that comes back goes on with its numbers. */
    forProvider(id: string): ProviderMetrics {
      const label = labelOf(id)
      let metrics = known.get(label)
      if (!metrics) known.set(label, (metrics = metricsOf(label)))
      return metrics
    },
  }
}
export type ProviderAdapterMetrics = ReturnType<typeof createProviderAdapterMetrics>
