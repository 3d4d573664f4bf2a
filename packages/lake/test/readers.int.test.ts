// Needs a python with duckdb and pyiceberg: DATA_PYTHON, or python3 (docs/data/requirements.txt).
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import {
  conversations,
  decisions,
  lakeTables,
  quarantine,
  usage,
} from '@sluice/contracts/lake/tables'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { FolderLake } from '../src/folder-lake.ts'
import { LakeFolder } from '../src/lake-folder.ts'
import { LakeWriter } from '../src/lake-writer.ts'
import {
  eventOf,
  turnEvent,
  turnTopic,
  usageEvent,
  usageTopic,
} from '../src/testing/lake-events.ts'

const python = process.env['DATA_PYTHON'] ?? 'python3'
const hasEngines = spawnSync(python, ['-c', 'import duckdb, pyiceberg, pyarrow']).status === 0
const program = join(import.meta.dirname, 'support/read_lake.py')

interface Seen {
  readonly columns: readonly (readonly [number, string, string, boolean])[]
  readonly partition: readonly (readonly [number, string, string])[]
  readonly sort: readonly string[]
  readonly rows: number
  readonly duckdb: readonly number[] | null
  readonly duckdb_types: Readonly<Record<string, string>> | null
  readonly codecs: readonly string[]
  readonly bounds_in_footers: readonly string[]
  readonly bounds_in_manifests: readonly string[]
  readonly pruned: number | null
}

async function seenBy(path: string): Promise<Readonly<Record<string, Seen>>> {
  const { stdout } = await promisify(execFile)(python, [program, path], { maxBuffer: 1e8 })
  return JSON.parse(stdout) as Record<string, Seen>
}

const inDuckdb = {
  string: 'VARCHAR',
  int: 'INTEGER',
  long: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  binary: 'BLOB',
} as const

if (hasEngines) {
  test('M-263 M-267: PyIceberg and DuckDB see the columns, partitions, codec and rows of the contract, before and after maintenance and erasure', async () => {
    const path = await mkdtemp(join(tmpdir(), 'lake-readers-'))
    try {
      const clock = createFakeClock()
      await using events = createMemoryEventLog({ clock })
      await events.createTopics(allTopics)
      const folder = new LakeFolder(path, { clock })
      const writer = new LakeWriter({ folder, events, clock })
      const options = { folder, clock, keepSnapshotsMs: 0, orphanAgeMs: 0, minFiles: 2 }
      const lake = new FolderLake(options)
      await lake.apply(lakeTables)
      for (let n = 0; n < 5; n += 1) {
        const at = clock.now() + n * 3_600_000
        await events.publish(turnTopic.name, [
          turnEvent({ n, at, user: `u${String(n)}`, content: 'żółć 🙂' }),
          turnEvent({ n: n + 10, at, user: 'ben' }),
          eventOf('k', '{"not json', at),
        ])
        await events.publish(usageTopic.name, [usageEvent(n, at), usageEvent(n, at)])
        await writer.write()
      }
      const check = (
        seen: Readonly<Record<string, Seen>>,
        rows: Readonly<Record<string, number>>,
      ) => {
        for (const table of lakeTables) {
          const of = seen[table.name]
          expect(of?.columns).toEqual(
            table.columns.map(({ id, name, type, required }) => [id, name, type, required]),
          )
          expect(of?.partition).toEqual(
            table.partition.map(({ id, name, transform }) => [id, name, transform]),
          )
          expect(of?.sort).toEqual(table.sort)
          expect(of?.rows).toBe(rows[table.name] ?? 0)
          if (!of || of.rows === 0) continue
          expect(of.duckdb?.[0]).toBe(of.rows)
          expect(of.codecs).toEqual(['ZSTD'])
          expect(of.duckdb_types).toMatchObject(
            Object.fromEntries(table.columns.map(({ name, type }) => [name, inDuckdb[type]])),
          )
          // What people wrote stands in no manifest and no footer.
          const bounded = table.columns.filter(({ bounds }) => bounds).map(({ name }) => name)
          for (const found of [...of.bounds_in_footers, ...of.bounds_in_manifests])
            expect(bounded).toContain(found)
          expect(of.pruned ?? 0).toBe(0)
        }
      }
      const counts = {
        [conversations.name]: 10,
        [usage.name]: 5,
        [quarantine.name]: 5,
        [decisions.name]: 0,
      }
      check(await seenBy(path), counts)
      await clock.advance(60_000)
      await lake.maintain(lakeTables)
      check(await seenBy(path), counts)
      await lake.erase(lakeTables, { tenantId: 'acme', userId: 'ben', keyIds: [] })
      check(await seenBy(path), { ...counts, [conversations.name]: 5 })
    } finally {
      await rm(path, { recursive: true, force: true })
    }
  }, 120_000)
} else {
  console.warn(`skipped: ${python} has no duckdb and pyiceberg (set DATA_PYTHON)`)
  // A file without a test is an error to the runner. Python is nothing that the project needs: `.ci/run` has it.
  test.todo('runs where DATA_PYTHON has duckdb and pyiceberg')
}
