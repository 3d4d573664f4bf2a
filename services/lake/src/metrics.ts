import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export function createLakeMetrics(registry: Registry, behindSeconds: () => number) {
  const registers = [registry]
  const labelNames = ['table'] as const
  const lag = new Gauge({
    name: 'gateway_lake_lag_seconds',
    help: 'Since when there is something in the event log that could not be written to the lake; 0 while there is nothing: alert when it grows for minutes',
    registers,
    collect() {
      lag.set(behindSeconds())
    },
  })
  return {
    rows: new Counter({
      name: 'gateway_lake_rows_total',
      help: 'Rows written to the lake',
      labelNames,
      registers,
    }),
    commits: new Counter({
      name: 'gateway_lake_commits_total',
      help: 'Commits to the lake',
      labelNames,
      registers,
    }),
    quarantined: new Counter({
      name: 'gateway_lake_quarantined_total',
      help: 'Events that are not what their contract says, by the table that they were meant for',
      labelNames,
      registers,
    }),
    duplicates: new Counter({
      name: 'gateway_lake_duplicates_total',
      help: 'Events dropped since the lake had their fact already',
      labelNames,
      registers,
    }),
    delay: new Histogram({
      name: 'gateway_lake_delay_seconds',
      help: 'From the oldest fact of a commit to the commit',
      buckets: [1, 2.5, 5, 7.5, 10, 20, 60, 300, 3_600],
      registers,
    }),
    failures: new Counter({
      name: 'gateway_lake_failures_total',
      help: 'Attempts to write to the lake or to maintain it that failed; they are repeated',
      registers,
    }),
    difference: new Gauge({
      name: 'gateway_lake_difference',
      help: 'Facts that the lake has too many or too few, by the last reconciliation: alert above 0',
      registers,
    }),
    reconciled: new Counter({
      name: 'gateway_lake_reconciliations_total',
      help: 'Comparisons of the lake with event log and ledger that were made',
      registers,
    }),
    erased: new Counter({
      name: 'gateway_lake_erased_rows_total',
      help: 'Rows that were removed, or lost a name, because somebody was erased',
      registers,
    }),
  }
}

export type LakeMetrics = ReturnType<typeof createLakeMetrics>
