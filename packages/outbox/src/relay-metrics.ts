import { Counter, Gauge, type Registry } from 'prom-client'

/** `backlog`: events that wait; rejects while the database is away. */
export function createRelayMetrics(registry: Registry, backlog: () => Promise<number>) {
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
    relayed: new Counter({
      name: 'gateway_events_relayed_total',
      help: 'Events published from the outbox',
      registers,
    }),
    failures: new Counter({
      name: 'gateway_relay_failures_total',
      help: 'Relay rounds the event log did not take',
      registers,
    }),
    refused: new Counter({
      name: 'gateway_events_refused_total',
      help: 'Events that the event log refuses for good; they are kept apart in the outbox: alert above 0',
      registers,
    }),
  }
}
export type RelayMetrics = ReturnType<typeof createRelayMetrics>
