import { Counter, Gauge, type Registry } from 'prom-client'

export function createUsageMetrics(
  registry: Registry,
  { unbilled }: { readonly unbilled: () => Promise<number> },
  { outboxMaxEvents }: { readonly outboxMaxEvents: number },
) {
  const registers = [registry]
  new Gauge({
    name: 'gateway_outbox_limit',
    help: 'Events that count as a full outbox: alert at half of it',
    registers,
  }).set(outboxMaxEvents)
  const waiting = new Gauge({
    name: 'gateway_usage_backlog',
    help: 'Usage records that no ledger has taken yet: alert when it grows for minutes',
    registers,
    async collect() {
      const records = await unbilled().catch(() => null)
      if (records !== null) waiting.set(records)
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
    failures: new Counter({
      name: 'gateway_ledger_failures_total',
      help: 'Batches of usage records that the database did not take; they are repeated',
      registers,
    }),
    refused: new Counter({
      name: 'gateway_ledger_refused_total',
      help: 'Usage records that can never be stored; each is logged whole',
      registers,
    }),
    thresholds: new Counter({
      name: 'gateway_budget_thresholds_total',
      help: 'Thresholds of budgets that were reached, each told once',
      registers,
    }),
    reconciled: new Counter({
      name: 'gateway_reconciliations_total',
      help: 'Days whose books were compared',
      registers,
    }),
    differences: new Gauge({
      name: 'gateway_reconciliation_differences',
      help: 'Differences that the last comparison of the books found: alert above 0',
      registers,
    }),
    turnsWithoutAnswer: new Counter({
      name: 'gateway_turns_without_answer_total',
      help: 'Answers whose log was gone before it was read: their turns have no text',
      registers,
    }),
    archived: new Counter({
      name: 'gateway_archived_total',
      help: 'Ended generations copied into the archive',
      registers,
    }),
    archiveRefused: new Counter({
      name: 'gateway_archive_refused_total',
      help: 'Ended generations that are too large for the archive',
      registers,
    }),
    archiveFailures: new Counter({
      name: 'gateway_archive_failures_total',
      help: 'Rounds of the archive that a store did not take; they are repeated',
      registers,
    }),
    lost: new Counter({
      name: 'gateway_lost_generations_total',
      help: 'Bills of generations whose log was lost under their writer',
      registers,
    }),
    canaryDelay: new Gauge({
      name: 'gateway_canary_delay_seconds',
      help: 'Age of the last canary when it arrived in the event log: the delay of every fact. One process of all tells it; alert when it is missing',
      registers,
    }),
  }
}
export type UsageMetrics = ReturnType<typeof createUsageMetrics>
