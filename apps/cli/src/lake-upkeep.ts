import { openDatabase, openEventLog, openWorkQueue } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { startProcessBasics } from '@sluice/adapters/process-basics'
import { readProcessConfig } from '@sluice/adapters/process-config'
import { lakeTables } from '@sluice/contracts/lake/tables'
import { configurationError, type Environment } from '@sluice/kernel/env'
import { messageOf } from '@sluice/kernel/errors'
import type { Lake } from '@sluice/lake'
import { reconcileLake } from '@sluice/lake/reconcile'
import { readLakeConfig } from '@sluice/lake-service/config'
import { createLakeMetrics } from '@sluice/lake-service/metrics'
import { createPostgresErasureStore } from '@sluice/store-postgres/postgres-erasure-store'
import { Reconciliation } from '@sluice/lake-service/reconciliation'
import { eraseWaiting } from './lake-erasures.ts'

/**
 * Beside the job, for as long as it runs: maintenance and reconciliation on their intervals, `/readyz` and `/metrics` with what they found, and
 * an alert while lake and ledger differ.
 */
export async function startUpkeep(env: Environment, lake: Lake): Promise<AsyncDisposable> {
  const adapters = readAdaptersConfig(env, 0)
  if (!adapters.redis || !adapters.kafka)
    throw configurationError(['REDIS_URL: bills are counted by `usage`, which is asked over Redis'])
  const config = readLakeConfig(env, { dataDir: adapters.dataDir, embedded: false })
  const process = readProcessConfig(env, { drainDelayMs: 0, shutdownTimeoutMs: 60_000 })
  await using stack = new AsyncDisposableStack()
  const basics = stack.use(await startProcessBasics('lake-flink', process))
  const { clock, logger, registry, health } = basics
  const metrics = createLakeMetrics(registry, () => 0)
  const database = stack.use(await openDatabase(adapters))
  const books = stack.use(
    new Reconciliation({
      intervalMs: config.reconcileIntervalMs,
      reconcile: (period, countBills) => reconcileLake(lake, lakeTables, period, countBills),
      queue: stack.use(await openWorkQueue(adapters, basics)),
      events: stack.use(await openEventLog(adapters, database, basics)),
      clock,
      logger,
      metrics,
    }),
  )
  health.add({ name: 'lake', required: false, probe: () => Promise.resolve(books.probe()) })
  await health.start()
  const erasures = await createPostgresErasureStore(database)
  const maintain = async () => {
    const erased = await eraseWaiting(lake, erasures, { ...config, clock })
    for (const { tenantId, userId } of erased)
      logger.info({ tenant: tenantId, user: userId }, 'somebody is erased from the lake')
    const tables = await lake.maintain(lakeTables)
    logger.info({ tables }, 'the lake is maintained')
  }
  let maintaining: Promise<void> | null = null
  const timer = clock.every(config.maintenanceIntervalMs, () => {
    maintaining ??= maintain()
      .catch((error: unknown) => {
        metrics.failures.inc()
        logger.warn({ problem: messageOf(error) }, 'the lake could not be maintained')
      })
      .finally(() => {
        maintaining = null
      })
  })
  stack.defer(async () => {
    timer.cancel()
    await maintaining
  })
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
