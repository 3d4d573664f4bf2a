import { join } from 'node:path'
import { openDatabase, openEventLog } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { lakeTables } from '@sluice/contracts/lake/tables'
import { systemClock } from '@sluice/kernel/clock'
import { createLogger } from '@sluice/kernel/logger'
import { type FlinkLake, openFlinkLake } from '@sluice/lake-flink'
import { readFlinkLakeConfig } from '@sluice/lake-flink/config'
import { findFlink } from '@sluice/lake-flink/flink-files'
import { FlinkJob } from '@sluice/lake-flink/flink-job'
import type { UsageStore } from '@sluice/store/usage-store'
import { createPostgresUsageStore } from '@sluice/store-postgres/postgres-usage-store'
import pg from 'pg'
import { planServices } from '../cluster/service-plans.ts'
import { planStores } from '../cluster/stores.ts'
import { Supervised } from '../cluster/supervised.ts'
import { nodeProgram } from '../processes/node-program.ts'
import { runToEnd } from '../processes/run-to-end.ts'
import { serviceNames } from '../services.ts'

const startTimeoutMs = 120_000
const stopTimeoutMs = 60_000
/** As the figures are stated for. */
const commitIntervalMs = 5_000

export interface SoakStack extends AsyncDisposable {
  readonly store: UsageStore
  readonly lake: FlinkLake
  readonly job: FlinkJob
  readonly jobDir: string
  readonly relay: Supervised
  readonly broker: Supervised
}

/** Stores, the `usage` service and the Flink job, each a process of its own that is started again when it ends. */
export async function startStack(dir: string, say: (line: string) => void): Promise<SoakStack> {
  await using stack = new AsyncDisposableStack()
  const supervise = async (program: ConstructorParameters<typeof Supervised>[0]) => {
    const supervised = new Supervised(program, () => undefined)
    stack.defer(() => supervised.stop(stopTimeoutMs))
    await supervised.start(startTimeoutMs)
    return supervised
  }
  const stores = await planStores(dir)
  const running = new Map<string, Supervised>()
  for (const { name, program } of stores.programs) running.set(name, await supervise(program))
  const broker = running.get('kafka')
  if (!broker) throw new Error('The broker has to be ours to restart: unset KAFKA_BROKERS')
  const env = { ...stores.env, DATA_DIR: join(dir, 'data') }
  for (const args of [['migrate'], ['topics', 'apply']]) await cli(dir, args, env)

  const adapters = readAdaptersConfig({ ...env }, process.pid)
  const dependencies = {
    clock: systemClock,
    logger: createLogger({ service: 'soak', level: 'silent' }),
  }
  const database = stack.use(await openDatabase(adapters))
  const events = stack.use(await openEventLog(adapters, database, dependencies))
  const store = await createPostgresUsageStore(database, { events })

  const replicas = Object.fromEntries(
    serviceNames().map((name) => [name, name === 'usage' ? 1 : 0]),
  )
  const [relayPlan] = await planServices({ dir, port: null, replicas }, env)
  if (!relayPlan) throw new Error('no service is called usage')
  const relay = await supervise(relayPlan.program)

  const { lake, job, jobDir } = stack.use(await startLake(dir, stores.urls, say))
  const started = stack.move()
  return {
    store,
    lake,
    job,
    jobDir,
    relay,
    broker,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

export interface LakeStack extends AsyncDisposable {
  readonly lake: FlinkLake
  readonly job: FlinkJob
  readonly jobDir: string
}

/** Tables in a catalogue of their own, and the job that writes them. */
export async function startLake(
  dir: string,
  { kafka, postgres }: { readonly kafka: string; readonly postgres: string },
  say: (line: string) => void,
): Promise<LakeStack> {
  const config = readFlinkLakeConfig({
    KAFKA_BROKERS: kafka,
    ICEBERG_CATALOG_URI: await createCatalogue(postgres),
    ICEBERG_WAREHOUSE: `file://${dir}/warehouse`,
    LAKE_COMMIT_INTERVAL_MS: String(commitIntervalMs),
  })
  if (!config) throw new Error('no catalogue')
  const files = await findFlink(process.env)
  await using stack = new AsyncDisposableStack()
  const lake = stack.use(openFlinkLake(config, files, systemClock))
  await lake.apply(lakeTables)
  const jobDir = join(dir, 'job')
  const job = new FlinkJob({ dir: jobDir, config, files, clock: systemClock, say })
  stack.defer(async () => {
    await job.stop()
  })
  await job.start()
  const started = stack.move()
  return { lake, job, jobDir, [Symbol.asyncDispose]: () => started.disposeAsync() }
}

async function cli(
  dir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { command, args: all } = nodeProgram({
    name: 'cli',
    file: 'apps/cli/src/main.ts',
    args,
    env: {},
    logFile: join(dir, 'logs', 'cli.log'),
    ready: () => Promise.resolve(),
  })
  await runToEnd(command, all, { env })
}

/** A database of its own: a lake that is wiped takes nothing with it. */
async function createCatalogue(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('create database lake_catalogue')
  await client.end()
  const { host, username } = new URL(databaseUrl)
  return `jdbc:postgresql://${host}/lake_catalogue?user=${username}`
}
