import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { conversations } from '@sluice/contracts/lake/tables'
import type { EventLog, StoredEvent } from '@sluice/event-log'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import type { TableMetadata } from '@sluice/iceberg/metadata'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { catalogueTables } from './iceberg-catalogue.ts'
import { LakeFolder } from './lake-folder.ts'
import { LakeReader } from './lake-reader.ts'
import { LakeWriter } from './lake-writer.ts'
import { turnEvent, turnTopic } from './testing/lake-events.ts'

const anna = { tenantId: 'acme', userIds: ['anna'] }
const all = { after: null, limit: 1_000 }

/** Tables of a folder, of which a reader is told as it is of Flink's: by their metadata alone. */
async function open({ maxLogEvents = 1_000 } = {}) {
  const path = await mkdtemp(join(tmpdir(), 'catalogue-'))
  const clock = createFakeClock()
  const log = createMemoryEventLog({ clock })
  await log.createTopics(allTopics)
  const read: StoredEvent[] = []
  const events: Pick<EventLog, 'read'> = {
    async read(...request) {
      const found = await log.read(...request)
      read.push(...found)
      return found
    },
  }
  const folder = new LakeFolder(path, { clock })
  let change = (metadata: TableMetadata): TableMetadata => metadata
  const tables = catalogueTables({
    async load() {
      const found = await folder.table(conversations)
      return found && change(withoutMarks((await found.view()).metadata))
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })
  return {
    clock,
    read,
    publish: (from: number, to: number) =>
      log.publish(
        turnTopic.name,
        Array.from({ length: to - from }, (_, i) =>
          turnEvent({ n: from + i, at: clock.now(), session: 's1' }),
        ),
      ),
    writer: new LakeWriter({ folder, events: log, clock }),
    reader: new LakeReader({ tables, events, maxLogEvents }),
    changed: (how: typeof change) => {
      change = how
    },
    [Symbol.asyncDispose]: async () => {
      await log[Symbol.asyncDispose]()
      await rm(path, { recursive: true, force: true })
    },
  }
}

/** Flink's snapshots do not say how far they reach. */
function withoutMarks(metadata: TableMetadata): TableMetadata {
  const bare = metadata.snapshots.map((each) => ({ ...each, summary: { operation: 'append' } }))
  return { ...metadata, snapshots: bare }
}

describe('M-265: conversations of a catalogue', () => {
  test('are read from its tables, and from the log behind their last rows: each turn once, none is missing', async () => {
    await using opened = await open()
    const { publish, writer, reader, read, clock } = opened
    expect(await reader.session('s1', anna, all)).toEqual([])
    let told = 0
    for (let commit = 0; commit < 4; commit += 1) {
      await publish(told, told + 30)
      told += 30
      await clock.advance(1_000)
      await writer.write()
      await publish(told, told + 5)
      told += 5
      read.length = 0
      const turns = await reader.session('s1', anna, all)
      expect(new Set(turns.map(({ id }) => id)).size).toBe(told)
      expect(turns).toHaveLength(told)
      expect(read.map(({ value }) => value)).toHaveLength(5)
    }
  })

  test('more of the log than can be read at once is refused: half of it would look like all', async () => {
    await using opened = await open({ maxLogEvents: 20 })
    const { publish, writer, reader } = opened
    await publish(0, 10)
    await writer.write()
    await publish(10, 30)
    expect(await reader.session('s1', anna, all)).toHaveLength(30)
    await publish(30, 31)
    await expect(reader.session('s1', anna, all)).rejects.toMatchObject({
      code: 'lake_behind',
      status: 503,
    })
  })

  test('tables that are in no folder are refused in words', async () => {
    await using opened = await open()
    const { publish, writer, reader, changed } = opened
    await publish(0, 1)
    await writer.write()
    changed((metadata) => ({ ...metadata, location: 's3://bucket/lake/gateway/conversations' }))
    await expect(reader.session('s1', anna, all)).rejects.toMatchObject({
      code: 'lake_elsewhere',
      status: 501,
      message: expect.stringContaining('s3://bucket'),
    })
  })
})
