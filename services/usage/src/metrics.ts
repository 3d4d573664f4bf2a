import { Counter, Gauge, type Registry } from 'prom-client'

export function createUsageMetrics(registry: Registry, backlog: () => Promise<number>) {
  const registers = [registry]
  const outbox = new Gauge({
    name: 'gateway_outbox_backlog',
    help: 'Events stored and not yet in the event log',
    registers,
    async collect() {
      // The database may be away: then the last known number is the best answer.
      const waiting = await backlog().catch(() => null)
      if (waiting !== null) outbox.set(waiting)
    },
  })
  return {
    recorded: new Counter({
      name: 'gateway_ledger_rows_total',
      help: 'Ledger rows written',
      registers,
    }),
    repeated: new Counter({
      name: 'gateway_ledger_repeats_total',
      help: 'Usage records that were delivered again after their row was written',
      registers,
    }),
    refused: new Counter({
      name: 'gateway_ledger_refused_total',
      help: 'Usage records that can never be stored; each is logged whole',
      registers,
    }),
    relayed: new Counter({
      name: 'gateway_events_relayed_total',
      help: 'Events published from the outbox',
      registers,
    }),
    relayFailures: new Counter({
      name: 'gateway_relay_failures_total',
      help: 'Relay rounds the event log did not take',
      registers,
    }),
  }
}
export type UsageMetrics = ReturnType<typeof createUsageMetrics>
