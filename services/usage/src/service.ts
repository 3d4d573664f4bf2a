import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId } from '@sluice/contracts/ids'
import {
  countBills,
  readCounts,
  readGeneration,
  reportAlert,
  reportLost,
} from '@sluice/contracts/rpc/usage'
import type { EventLog } from '@sluice/event-log'
import type { Generations, UsageHandler } from '@sluice/generations'
import type { Service, ServiceDependencies } from '@sluice/kernel/service'
import { createQueuedAudit } from '@sluice/management/audit'
import { serveManagement } from '@sluice/management'
import { logUndeclared } from '@sluice/management/undeclared'
import { OutboxRelay } from '@sluice/outbox/outbox-relay'
import { createRelayMetrics } from '@sluice/outbox/relay-metrics'
import type { ArchiveStore } from '@sluice/store/archive-store'
import type { PersonalCalls } from '@sluice/store/personal-calls'
import type { ReconciliationStore } from '@sluice/store/reconciliation-store'
import type { UsageReports } from '@sluice/store/usage-reports'
import type { UsageStore } from '@sluice/store/usage-store'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import { startArchiveTrimmer } from './archive-trimmer.ts'
import { AlertBoard } from './alert-board.ts'
import { Answers } from './answers.ts'
import { ArchiveWriter } from './archive-writer.ts'
import { decodeGeneration } from './archived-generation.ts'
import { BudgetWatch } from './budget-watch.ts'
import { Canary } from './canary.ts'
import type { UsageConfig } from './config.ts'
import { LedgerHealth } from './ledger-health.ts'
import { startOutboxWatch } from './outbox-watch.ts'
import { limitHandlers } from './manage/limits.ts'
import { spendHandlers } from './manage/spend.ts'
import { createUsageMetrics } from './metrics.ts'
import { startNightlyCheck } from './nightly-check.ts'
import { readCounts as countLedger } from './read-counts.ts'
import { servePersonalCalls } from './personal-calls.ts'
import type { Answer } from './read-answer.ts'
import { recordUsage } from './record-usage.ts'

export interface UsageDependencies extends ServiceDependencies {
  readonly generations: Generations
  readonly queue: WorkQueue
  readonly store: UsageStore
  /** These two over the ledger of `store`. */
  readonly reports: UsageReports
  readonly books: ReconciliationStore
  readonly archive: ArchiveStore
  /** Over the same ledger and archive; absent where nobody can ask. */
  readonly personal?: PersonalCalls
  readonly events: EventLog
}

type Known = ReadonlyMap<RequestId, Answer>
const nothingKnown: Known = new Map()

/**
 * Writes the ledgers from usage records, publishes what it wrote, and archives ended generations. Disposing it stores what came in and
 * relays it once more.
 */
export async function startUsage(
  config: UsageConfig,
  dependencies: UsageDependencies,
): Promise<Service> {
  const { generations, queue, store, reports, archive, events, clock, registry, health, logger } =
    dependencies
  health.add({ name: 'database', required: true, probe: async () => void (await store.backlog()) })
  health.add({ name: 'events', required: false, probe: () => events.ping() })
  await using stack = new AsyncDisposableStack()
  const depths = {
    backlog: () => store.backlog(),
    unbilled: async () => (await generations.depths()).usage,
  }
  const metrics = createUsageMetrics(registry, depths, config)
  const alerts = new AlertBoard({ store, events, clock, logger })
  const ledger = new LedgerHealth(metrics, logger, alerts)
  health.add({ name: 'ledger', required: false, probe: () => ledger.probe() })
  const watch = stack.use(startOutboxWatch(config, { store, alerts, clock, logger }))
  const relay = stack.use(
    new OutboxRelay({
      ...dependencies,
      outbox: store,
      intervalMs: config.relayIntervalMs,
      metrics: createRelayMetrics(registry, depths.backlog),
      onOutage: watch.look,
    }),
  )
  if (config.canaryMs > 0) {
    const { instance, canaryMs: everyMs } = config
    const canary = { ...dependencies, outbox: store, alerts, metrics, instance, everyMs }
    stack.use(new Canary(canary))
  }
  const keepMs = config.archive.hours * 3_600_000
  const isArchiving = config.ledger && keepMs > 0
  const writer = isArchiving ? stack.use(new ArchiveWriter({ ...dependencies, metrics })) : null
  if (isArchiving) stack.use(startArchiveTrimmer(config.archive, dependencies))

  const record = async (records: readonly UsageRecord[], answers: Known): Promise<number> => {
    if (!config.ledger) return 0
    const added = await recordUsage(records, { store, metrics, logger, answers })
    relay.nudge()
    return added
  }
  const answers = new Answers({ ...dependencies, metrics, keepsLogs: isArchiving })
  const recordAll: UsageHandler = async (records, logs) => {
    if (!config.ledger) return
    for await (const read of answers.of(records, logs)) {
      await ledger.watch(() => record(read.records, read.answers))
      writer?.add(
        read.records.map((each) => each.request_id),
        read.logs,
      )
    }
  }
  stack.use(
    await serveRpc(queue, readGeneration, async ({ id }) => {
      const content = keepMs > 0 ? await archive.get(id, clock.now() - keepMs) : null
      return content && decodeGeneration(content)
    }),
  )
  stack.use(
    await serveRpc(queue, countBills, async (period) => ({
      bills: await dependencies.books.countEnded(period),
    })),
  )
  stack.use(
    await serveRpc(queue, reportLost, async (lost) => {
      const added = await record([lost], nothingKnown)
      metrics.lost.inc(added)
      return { recorded: added > 0 }
    }),
  )
  stack.use(
    await serveRpc(queue, reportAlert, async (alert) => {
      await alerts.turn(alert)
      return {}
    }),
  )
  if (config.ledger && config.reconcileAtMs !== null) {
    const books = { store: dependencies.books, events, archive, hot: null }
    const nightly = { books, backlog: depths.backlog, clock, logger, metrics, alerts }
    stack.use(startNightlyCheck({ atMs: config.reconcileAtMs }, nightly))
  }
  const budgets = new BudgetWatch({ store, reports, clock, logger, metrics })
  stack.use(
    await serveRpc(queue, readCounts, async ({ caller, limits, at }) => ({
      used: await countLedger(reports, caller, limits, at),
    })),
  )
  stack.use(
    await generations.takeUsage(async (records, logs) => {
      await recordAll(records, logs)
      if (config.ledger) await budgets.look(records)
    }, config.batch),
  )
  const { personal } = dependencies
  if (personal) stack.use(await servePersonalCalls({ ...dependencies, personal, keepMs }))
  const audit = createQueuedAudit(dependencies)
  const handlers = [
    ...spendHandlers({ reports, clock }),
    ...limitHandlers({ reports, store, generations, queue, clock }),
  ]
  stack.use(
    await serveManagement({
      queue,
      owner: 'usage',
      handlers,
      audit,
      onUndeclared: logUndeclared(logger),
    }),
  )
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
