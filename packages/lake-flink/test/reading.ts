import { openLakeCatalogue } from '@sluice/adapters/lake-catalogue'
import { Access } from '@sluice/contracts/access'
import { Caller } from '@sluice/contracts/caller'
import type { LakeTable } from '@sluice/contracts/lake/table'
import { listPersonalTurns, restoreCheckpoint } from '@sluice/contracts/rpc/lake'
import { manage } from '@sluice/contracts/rpc/manage'
import { createKafkaEventLog } from '@sluice/event-log-kafka'
import { systemClock } from '@sluice/kernel/clock'
import { HealthRegistry } from '@sluice/kernel/health'
import { createLogger } from '@sluice/kernel/logger'
import { createMetricsRegistry } from '@sluice/kernel/metrics'
import { catalogueTables } from '@sluice/lake/iceberg-catalogue'
import { startLake } from '@sluice/lake-service'
import { readLakeConfig } from '@sluice/lake-service/config'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc } from '@sluice/work-queue/rpc'

const rpc = { timeoutMs: 60_000 }

export interface ToldTurn {
  readonly id: string
  readonly content: string
  readonly metadata: unknown
}

/** The gateway's own reader of the tables that Flink writes: the service `lake`, told of the catalogue as an operator tells it. */
export async function startReading(env: Readonly<Record<string, string>>) {
  await using stack = new AsyncDisposableStack()
  const clock = systemClock
  const config = readLakeConfig(env, { dataDir: '', embedded: false })
  const catalogue = stack.use(await openLakeCatalogue(config.catalogue, clock))
  if (!catalogue) throw new Error('no catalogue')
  const queue = createMemoryWorkQueue({ clock })
  const brokers = (env['KAFKA_BROKERS'] ?? '').split(',')
  const events = stack.use(createKafkaEventLog({ brokers, clientId: 'reading', clock }))
  const health = new HealthRegistry({ clock, intervalMs: 60_000, timeoutMs: 1_000 })
  const logger = createLogger({ service: 'lake', level: 'silent' })
  const registry = createMetricsRegistry()
  stack.use(await startLake(config, { clock, queue, events, health, logger, registry, catalogue }))
  const tables = catalogueTables(catalogue)
  const owned = stack.move()
  return {
    /** Of a person, newest first. */
    async session(sessionId: string, user: string): Promise<readonly ToldTurn[]> {
      const caller = Caller.parse({
        tenantId: 'acme',
        projectId: 'p',
        keyId: 'k',
        keyName: 'k',
        models: null,
        userId: user,
      })
      const call = {
        route: 'conversations.turns',
        params: { session_id: sessionId },
        query: { limit: '100' },
        body: null,
        address: '',
        requestId: 'r',
        headers: {},
        principal: { caller, access: Access.parse({ role: 'user' }) },
      }
      return ((await callRpc(queue, manage.lake, call, rpc)).body as { data: ToldTurn[] }).data
    },
    async said(user: string): Promise<readonly string[]> {
      const person = { tenantId: 'acme', userId: user, keyIds: [] } as never as object
      const question = { ...person, after: null, limit: 1_000 } as never
      const { turns, elsewhere } = await callRpc(queue, listPersonalTurns, question, rpc)
      if (elsewhere) throw new Error('the tables are said to be elsewhere')
      return turns.map(({ id }) => id)
    },
    checkpoint: (sessionId: string) => {
      const question = { tenantId: 'acme', userIds: null, sessionId } as never
      return callRpc(queue, restoreCheckpoint, question, rpc)
    },
    /** Every row, every column, as our reader of Parquet gives it. */
    async rows(table: LakeTable): Promise<readonly Record<string, unknown>[]> {
      const opened = await tables.open(table)
      const rows: Record<string, unknown>[] = []
      if (opened)
        for await (const row of opened.view.rows())
          rows.push(
            Object.fromEntries(
              Object.entries(row).map(([name, value]) => [name, plain(name, value, table)]),
            ),
          )
      return rows
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** As `read_table.py` prints it. */
function plain(name: string, value: unknown, { columns }: LakeTable): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value !== 'bigint') return value
  const isTime = columns.find((column) => column.name === name)?.type === 'timestamptz'
  return Number(isTime ? value / 1_000n : value)
}
