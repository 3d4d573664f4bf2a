import { Counter, Gauge, type Registry } from 'prom-client'

/** `backlog`: events that wait; rejects while the database is away. The counters are those of all relays of a process, the gauge is of one outbox. */
export function createRelayMetrics(
  registry: Registry,
  backlog: () => Promise<number>,
  gauge = 'gateway_outbox_backlog',
) {
  const registers = [registry]
  const outbox = new Gauge({
    name: gauge,
    help: 'Events stored and not yet in the event log',
    registers,
    async collect() {
      // The database may be away: then the last known number is the best answer.
      const waiting = await backlog().catch(() => null)
      if (waiting !== null) outbox.set(waiting)
    },
  })
  const counter = (name: string, help: string): Counter =>
    (registry.getSingleMetric(name) as Counter | undefined) ??
    new Counter({ name, help, registers })
  return {
    relayed: counter('gateway_events_relayed_total', 'Events published from the outbox'),
    failures: counter(
      'gateway_relay_failures_total',
      'Relay rounds that the event log did not take, by topic',
    ),
    refused: counter(
      'gateway_events_refused_total',
      'Events that the event log refuses for good; they are kept apart in the outbox: alert above 0',
    ),
  }
}
export type RelayMetrics = ReturnType<typeof createRelayMetrics>
