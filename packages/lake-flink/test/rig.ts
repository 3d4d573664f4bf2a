import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { LakeTable } from '@sluice/contracts/lake/table'
import { lakeTables } from '@sluice/contracts/lake/tables'
import { systemClock } from '@sluice/kernel/clock'
import { Kafka, logLevel, type Message, type Producer } from 'kafkajs'
import pg from 'pg'
import { type FlinkLakeConfig, readFlinkLakeConfig } from '../src/config.ts'
import { type FlinkFiles, findFlink } from '../src/flink-files.ts'
import { FlinkJob } from '../src/flink-job.ts'
import { type FlinkLake, openFlinkLake } from '../src/flink-lake.ts'

/** Kafka, Postgres and a folder, all for this file alone; the job as an operator runs it. */
export interface Rig extends AsyncDisposable {
  readonly dir: string
  readonly config: FlinkLakeConfig
  /** What the job and whoever reads its tables are told. */
  readonly env: Readonly<Record<string, string>>
  readonly files: FlinkFiles
  readonly lake: FlinkLake
  job(options?: { readonly sqlFile?: string }): FlinkJob
  send(topic: string, messages: readonly Message[]): Promise<void>
  /** Where the table's newest metadata is. */
  metadata(table: LakeTable): Promise<string>
  rows(table: LakeTable): Promise<number>
  until(condition: () => Promise<boolean>): Promise<void>
  /** Until the table has so many rows. */
  untilRows(table: LakeTable, rows: number): Promise<void>
}

const partitions = 3

export async function openRig(): Promise<Rig> {
  const { DATABASE_URL: databaseUrl = '', KAFKA_BROKERS: brokers = '' } = process.env
  const dir = await mkdtemp(join(tmpdir(), 'sluice-flink-'))
  const database = `lake_${String(process.pid)}`
  await query(databaseUrl, `create database ${database}`)
  const { host, username } = new URL(databaseUrl)
  const env = {
    KAFKA_BROKERS: brokers,
    ICEBERG_CATALOG_URI: `jdbc:postgresql://${host}/${database}`,
    ICEBERG_CATALOG_CREDENTIAL: `${username}:`,
    ICEBERG_WAREHOUSE: `file://${dir}/warehouse`,
    LAKE_COMMIT_INTERVAL_MS: '1000',
    LAKE_KEEP_SNAPSHOTS_HOURS: '0',
  }
  const config = readFlinkLakeConfig(env)
  if (!config) throw new Error('no catalogue')
  const files = await findFlink(process.env)
  const lake = openFlinkLake(config, files, systemClock)
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  await createTopics(kafka)
  const producer = kafka.producer()
  await producer.connect()
  const rows = async (table: LakeTable) => {
    const [state] = await lake.state([table])
    return state?.rows ?? 0
  }
  return {
    dir,
    config,
    env,
    files,
    lake,
    job: (options = {}) =>
      new FlinkJob({
        ...options,
        dir: join(dir, 'job'),
        config,
        files,
        javaFlags: ['-XX:TieredStopAtLevel=1'], // short runs are over before the slow compiler pays
        clock: systemClock,
        say: () => undefined,
      }),
    send: (topic, messages) => send(producer, topic, messages),
    rows,
    async metadata(table) {
      const found = await query(
        databaseUrl.replace(/[^/]*$/, database),
        `select metadata_location from iceberg_tables where table_name = '${table.name}'`,
      )
      return String(found[0]?.['metadata_location'])
    },
    until,
    untilRows: (table, wanted) => until(async () => (await rows(table)) >= wanted),
    async [Symbol.asyncDispose]() {
      await producer.disconnect()
      await lake[Symbol.asyncDispose]()
      await query(databaseUrl, `drop database ${database} with (force)`)
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 90_000; !(await condition()); await sleep(200))
    if (Date.now() > deadline) throw new Error(`waited too long for ${condition.toString()}`)
}

async function createTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  const topics = lakeTables.flatMap(({ topic }) =>
    topic ? [{ topic: topic.name, numPartitions: partitions }] : [],
  )
  await admin.createTopics({ waitForLeaders: true, topics })
  await admin.disconnect()
}

async function send(
  producer: Producer,
  topic: string,
  messages: readonly Message[],
): Promise<void> {
  await producer.send({ topic, acks: -1, messages: [...messages] })
}

async function query(
  connectionString: string,
  text: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(text)
    return rows
  } finally {
    await client.end()
  }
}

const python = process.env['PYICEBERG_PYTHON'] ?? 'python3'

/** Whether another engine is there to read the tables with. */
export const hasPyIceberg = spawnSync(python, ['-c', 'import pyiceberg, pyarrow']).status === 0

/** The rows as PyIceberg reads them. */
export function readByPyIceberg(metadata: string): Record<string, unknown>[] {
  const script = fileURLToPath(new URL('read_table.py', import.meta.url))
  const { stdout, stderr, status } = spawnSync(python, [script, metadata], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Record<string, unknown>[]
}
