import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import {
  checkpoints,
  conversations,
  decisions,
  lakeTables,
  quarantine,
  usage,
} from '@sluice/contracts/lake/tables'
import type { LakeTable } from '@sluice/contracts/lake/table'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { readAvro } from '@sluice/iceberg/avro-file'
import type { Row } from '@sluice/iceberg/schema'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { parquetMetadata, parquetRead } from 'hyparquet'
import { eraseFromLog } from './erase-from-log.ts'
import { FolderLake } from './folder-lake.ts'
import { LakeFolder } from './lake-folder.ts'
import { LakeReader } from './lake-reader.ts'
import { folderTables } from './readable-tables.ts'
import { LakeWriter } from './lake-writer.ts'
import { reconcileLake } from './reconcile.ts'
import {
  eventOf,
  requestIdAt,
  topicOf,
  turnEvent,
  turnTopic,
  usageEvent,
  usageTopic,
} from './testing/lake-events.ts'

const dayMs = 86_400_000

async function open() {
  const path = await mkdtemp(join(tmpdir(), 'lake-'))
  const clock = createFakeClock()
  const events = createMemoryEventLog({ clock })
  await events.createTopics(allTopics)
  const folder = new LakeFolder(path, { clock })
  const parts = { folder, events, clock }
  const lake = new FolderLake({
    folder,
    clock,
    keepSnapshotsMs: 60_000,
    orphanAgeMs: 60_000,
    minFiles: 2,
  })
  const rowsOf = async (table: LakeTable): Promise<readonly Row[]> => {
    const found = await folder.table(table)
    const rows: Row[] = []
    if (found) for await (const row of (await found.view()).rows()) rows.push(row)
    return rows
  }
  return {
    ...parts,
    path,
    parts,
    lake,
    rowsOf,
    writer: new LakeWriter(parts),
    reader: new LakeReader({ tables: folderTables(folder), events, maxLogEvents: 100 }),
    [Symbol.asyncDispose]: async () => {
      await events[Symbol.asyncDispose]()
      await rm(path, { recursive: true, force: true })
    },
  }
}

describe('M-262 M-267: events become rows', () => {
  test('of the columns of their table, filled as the contract says', async () => {
    await using opened = await open()
    const { events, writer, rowsOf, clock } = opened
    const at = clock.now() - 5_000
    await events.publish(usageTopic.name, [usageEvent(1, at)])
    await writer.write()
    const [row] = await rowsOf(usage)
    expect(row).toMatchObject({
      request_id: requestIdAt(at, 1),
      finished_at: BigInt(at) * 1_000n,
      amount_nano_usd: 12_345n,
      stream: true,
      error_code: null,
      price: '{"input":"2","output":"1"}',
      kafka_offset: 0n,
      ingested_at: BigInt(clock.now()) * 1_000n,
    })
    expect(Object.keys(row ?? {})).toEqual(usage.columns.map(({ name }) => name))
    expect(await rowsOf(quarantine)).toEqual([])
  })

  test('what is not what its contract says is set aside byte for byte, with the reason; the rest goes on', async () => {
    await using opened = await open()
    const { events, writer, rowsOf, clock } = opened
    const at = clock.now()
    const poison = ['', '{"not json', '[1,2]', '{"request_id":"x"}', '7']
    await events.publish(usageTopic.name, [
      usageEvent(1, at),
      ...poison.map((value) => eventOf('k', value, at)),
      usageEvent(2, at, { input_tokens: 'many' }),
      usageEvent(3, at),
    ])
    await writer.write()
    await writer.write()
    expect(await rowsOf(usage)).toHaveLength(2)
    const aside = await rowsOf(quarantine)
    const told = aside.map(({ reason, payload }) => [
      reason,
      payload === null ? null : Buffer.from(payload as Uint8Array).toString(),
    ])
    expect(told).toHaveLength(6)
    expect(told).toEqual(
      expect.arrayContaining([
        ['no value', null],
        ['not json', '{"not json'],
        ['missing required field', '[1,2]'],
        ['missing required field', '{"request_id":"x"}'],
        ['missing required field', '7'],
      ]),
    )
  })

  test('a fact that the log has twice is one row, in one batch, later, and after a restart', async () => {
    await using opened = await open()
    const { events, writer, rowsOf, clock, parts, lake } = opened
    const at = clock.now() - 9 * dayMs
    await events.publish(usageTopic.name, [usageEvent(1, at), usageEvent(1, at), usageEvent(2, at)])
    await writer.write()
    await events.publish(usageTopic.name, [usageEvent(2, at), usageEvent(3, at + 1)])
    await writer.write()
    await events.publish(usageTopic.name, [usageEvent(1, at), usageEvent(4, clock.now())])
    await new LakeWriter(parts).write()
    expect(await rowsOf(usage)).toHaveLength(4)
    const period = { from: at, to: clock.now() + 1 }
    const found = await reconcileLake(lake, lakeTables, period, async () => 4)
    expect(found.differences).toEqual([])
    expect(found.tables.find(({ table }) => table === 'usage')).toMatchObject({
      events: 7,
      rows: 4,
      duplicates: 3,
    })
  })

  test('equal ids of two tenants are two facts', async () => {
    await using opened = await open()
    const { events, writer, rowsOf, clock } = opened
    await events.publish(usageTopic.name, [
      usageEvent(1, clock.now()),
      usageEvent(1, clock.now(), { tenant_id: 'beta' }),
    ])
    await writer.write()
    expect(await rowsOf(usage)).toHaveLength(2)
  })

  test('a second writer of the same folder changes nothing of what the first one wrote', async () => {
    await using opened = await open()
    const { events, writer, rowsOf, clock, path } = opened
    const parts = { folder: new LakeFolder(path, { clock }), events, clock }
    const second = new LakeWriter(parts)
    await events.publish(usageTopic.name, [usageEvent(0, clock.now())])
    await writer.write()
    const batch = Array.from({ length: 20 }, (_, n) => usageEvent(n + 1, clock.now() + n))
    await events.publish(usageTopic.name, batch)
    const both = await Promise.allSettled([writer.write(), second.write()])
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true)
    await writer.write()
    await second.write()
    expect(await rowsOf(usage)).toHaveLength(21)
  })

  test('nothing is made of a table before something is written to it', async () => {
    await using opened = await open()
    await opened.writer.write()
    for (const table of lakeTables) expect(await opened.folder.table(table)).toBeNull()
    expect(await opened.lake.maintain(lakeTables)).toEqual([])
  })
})

describe('reconciliation tells', () => {
  test.each([
    ['a row that is missing', -1],
    ['a row too many', 1],
  ])('%s', async (_name, by) => {
    await using opened = await open()
    const { events, writer, clock, lake, folder, rowsOf } = opened
    await events.publish(usageTopic.name, [usageEvent(1, clock.now()), usageEvent(2, clock.now())])
    await writer.write()
    const table = await folder.ensure(usage)
    const [first] = await rowsOf(usage)
    if (by < 0)
      await table.rewrite([{ column: 'request_id', in: [String(first?.['request_id'])] }], 'remove')
    else await table.append([first ?? {}])
    const period = { from: 0, to: clock.now() + 1 }
    const { differences } = await reconcileLake(lake, lakeTables, period, async () => 2)
    expect(differences).toMatchObject(
      by < 0 ? [{ kind: 'ledger', by: -1 }] : [{ kind: 'duplicate-rows', by: 1 }],
    )
  })
})

describe('M-265: conversations are read back', () => {
  const anna = { tenantId: 'acme', userIds: ['anna'] }

  test('committed and not yet committed, each turn once, in order, page by page', async () => {
    await using opened = await open()
    const { events, writer, reader, clock } = opened
    const start = clock.now() - 40 * dayMs
    const at = (n: number) => start + n * dayMs
    for (let n = 0; n < 30; n += 1) {
      await events.publish(turnTopic.name, [
        turnEvent({ n, at: at(n) }),
        turnEvent({ n, at: at(n), turn: 1 }),
        turnEvent({ n: 100 + n, at: at(n), session: 's2' }),
        turnEvent({ n: 200 + n, at: at(n), user: 'ben' }),
        turnEvent({ n: 300 + n, at: at(n), tenant: 'beta' }),
      ])
      if (n % 7 === 6) await writer.write()
    }
    const seen: string[] = []
    for (let after: string | null = null; ;) {
      const page = await reader.session('s1', anna, { after, limit: 7 })
      seen.push(...page.map(({ id }) => id))
      if (page.length < 7) break
      after = page.at(-1)?.id ?? null
    }
    const meant = Array.from({ length: 30 }, (_, i) => 29 - i).flatMap((n) =>
      [1, 0].map((turn) => `${requestIdAt(at(n), n)}:${String(turn)}`),
    )
    expect(seen).toEqual(meant)
    for (const n of [0, 29]) {
      const turns = await reader.turnsOf(requestIdAt(at(n), n), anna)
      expect(turns.map(({ turn, content }) => [turn, content])).toEqual([
        [0, `text ${String(n)}`],
        [1, `text ${String(n)}`],
      ])
    }
  })

  test('nobody reads what is another’s', async () => {
    await using opened = await open()
    const { events, writer, reader, clock } = opened
    const at = clock.now()
    await events.publish(turnTopic.name, [turnEvent({ n: 1, at, user: 'ben' })])
    for (const isCommitted of [false, true]) {
      if (isCommitted) await writer.write()
      const page = { after: null, limit: 9 }
      expect(await reader.session('s1', anna, page)).toEqual([])
      expect(await reader.session('s1', { tenantId: 'beta', userIds: null }, page)).toEqual([])
      expect(await reader.turnsOf(requestIdAt(at, 1), anna)).toEqual([])
      expect(await reader.session('s1', { tenantId: 'acme', userIds: null }, page)).toHaveLength(1)
    }
  })

  test('M-264: the newest checkpoint of a session is the one that is restored', async () => {
    await using opened = await open()
    const { events, writer, reader, clock } = opened
    const at = clock.now()
    const saved = (sequence: number) =>
      eventOf(
        'acme/w1',
        JSON.stringify({
          id: `w1:${String(sequence)}`,
          tenant_id: 'acme',
          user_id: 'anna',
          session_id: 'w1',
          sequence,
          kind: 'workflow',
          state: JSON.stringify({ step: sequence }),
          occurred_at: at,
          schema_version: 1,
        }),
        at,
      )
    const topic = topicOf(checkpoints)
    expect(await reader.checkpoint('w1', anna)).toBeNull()
    await events.publish(topic.name, [saved(2), saved(10), saved(9)])
    await writer.write()
    expect(await reader.checkpoint('w1', anna)).toMatchObject({
      sequence: 10,
      state: '{"step":10}',
    })
    await events.publish(topic.name, [saved(11)])
    expect(await reader.checkpoint('w1', anna)).toMatchObject({ sequence: 11 })
    expect(await reader.checkpoint('w1', { tenantId: 'acme', userIds: ['ben'] })).toBeNull()
  })
})

describe('M-266: maintenance', () => {
  test('rows past their retention go, whole days of them; the others become few files', async () => {
    await using opened = await open()
    const { events, writer, lake, rowsOf, clock } = opened
    const past = clock.now() - 366 * dayMs
    for (let n = 0; n < 6; n += 1) {
      await events.publish(turnTopic.name, [
        turnEvent({ n, at: past }),
        turnEvent({ n: n + 10, at: clock.now() }),
      ])
      await events.publish(usageTopic.name, [usageEvent(n, past)])
      await writer.write()
    }
    await clock.advance(120_000)
    const [ofTurns] = await lake.maintain([conversations, usage, decisions])
    expect(ofTurns).toMatchObject({ rowsRemoved: 6, filesBefore: 6, filesAfter: 1 })
    expect(await rowsOf(conversations)).toHaveLength(6)
    expect(await rowsOf(usage)).toHaveLength(6)
    const period = { from: 0, to: clock.now() }
    expect((await reconcileLake(lake, lakeTables, period, null)).differences).toEqual([])
  })
})

describe('M-266 M-079: erasure', () => {
  const canary = 'CANARY-7f3a91'

  /** Everything below the folder as it is when decoded: pages, footers, manifests, lists, metadata; and the bytes and names themselves. */
  async function everyText(path: string): Promise<string> {
    const parts: string[] = []
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      const bytes = await readFile(file)
      parts.push(file, bytes.toString('latin1'))
      if (file.endsWith('.avro')) {
        const { metadata, records } = readAvro(bytes)
        parts.push(JSON.stringify(metadata), decoded(records))
      }
      if (!file.endsWith('.parquet')) continue
      const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
      const footer = parquetMetadata(whole)
      parts.push(decoded(footer))
      const compressors = { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) }
      const buffer = {
        byteLength: whole.byteLength,
        slice: (a: number, b?: number) => whole.slice(a, b),
      }
      const onPage = ({ columnData }: { columnData: unknown }) => parts.push(decoded(columnData))
      await parquetRead({
        file: buffer,
        metadata: footer,
        compressors,
        onPage,
        onComplete: (rows) => parts.push(decoded(rows)),
      })
    }
    return parts.join('\n')
  }

  function decoded(tree: unknown): string {
    return JSON.stringify(tree, (_name, value: unknown) => {
      if (typeof value === 'bigint') return String(value)
      if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
      const isBuffer =
        typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer'
      return isBuffer
        ? Buffer.from((value as unknown as { data: number[] }).data).toString('latin1')
        : value
    })
  }

  async function filled(opened: Awaited<ReturnType<typeof open>>) {
    const { events, writer, clock, lake } = opened
    for (let n = 0; n < 3; n += 1) {
      await events.publish(turnTopic.name, [
        turnEvent({
          n,
          at: clock.now(),
          user: `anna-${canary}`,
          session: `s-${canary}`,
          content: `so ${canary} it is`,
        }),
        turnEvent({ n: n + 10, at: clock.now(), user: 'ben', content: 'of ben' }),
        turnEvent({ n: n + 20, at: clock.now(), tenant: 'beta', user: 'cem', content: 'of cem' }),
      ])
      await events.publish(usageTopic.name, [
        usageEvent(n, clock.now(), {
          user_id: `anna-${canary}`,
          key_id: `session-anna-${canary}`,
        }),
        usageEvent(n + 10, clock.now(), { user_id: 'ben' }),
        usageEvent(n + 20, clock.now(), { user_id: null, key_id: 'key-of-anna' }),
      ])
      await writer.write()
      await clock.advance(1_000)
    }
    await lake.maintain(lakeTables)
    await events.publish(turnTopic.name, [turnEvent({ n: 99, at: clock.now(), user: 'ben' })])
    await writer.write()
  }

  test('what somebody wrote is found by decoding every file before, and in no file, name or event after', async () => {
    await using opened = await open()
    const { lake, path, events, rowsOf, reader, clock } = opened
    await filled(opened)
    // What a commit that was killed has left behind.
    const view = await (await opened.folder.ensure(conversations)).view()
    const [theirs] = await view.plan([{ column: 'user_id', in: [`anna-${canary}`] }])
    const left = join(path, 'gateway/conversations/data/left.parquet')
    await writeFile(left, await readFile(view.locate(theirs?.file.path ?? '')))
    expect(await everyText(path)).toContain(canary)

    const subject = { tenantId: 'acme', userId: `anna-${canary}`, keyIds: ['key-of-anna'] }
    const erased = await lake.erase(lakeTables, subject)
    expect(await eraseFromLog(events, subject)).toBe(6)
    expect(erased).toMatchObject([
      { table: 'conversations', rowsRemoved: 3, rowsChanged: 0 },
      { table: 'usage', rowsRemoved: 0, rowsChanged: 3 },
    ])
    expect(await everyText(path)).not.toContain(canary)
    for (const { name } of [turnTopic, usageTopic]) {
      const kept = await Promise.all(
        Array.from({ length: 12 }, (_, p) => events.read(name, p, 0n, 100)),
      )
      expect(decoded(kept)).not.toContain(canary)
    }
    // Bills and what others wrote are all there.
    const others = (await rowsOf(conversations)).map((row) => String(row['content']))
    expect(others.toSorted()).toEqual([
      'of ben',
      'of ben',
      'of ben',
      'of cem',
      'of cem',
      'of cem',
      'text 99',
    ])
    expect(await rowsOf(usage)).toHaveLength(9)
    const page = { after: null, limit: 9 }
    expect(await reader.session(`s-${canary}`, { tenantId: 'acme', userIds: null }, page)).toEqual(
      [],
    )
    const period = { from: 0, to: clock.now() + 1 }
    expect((await reconcileLake(lake, lakeTables, period, async () => 9)).differences).toEqual([])
    expect(await lake.erase(lakeTables, subject)).toMatchObject([
      { rowsRemoved: 0, rowsChanged: 0 },
      { rowsRemoved: 0, rowsChanged: 0 },
    ])
  })

  test('a tenant goes with all that was said in it, and bills without names stay', async () => {
    await using opened = await open()
    await filled(opened)
    await opened.lake.erase(lakeTables, { tenantId: 'acme', userId: null, keyIds: [] })
    const tenants = (await opened.rowsOf(conversations)).map((row) => row['tenant_id'])
    expect(tenants).toEqual(['beta', 'beta', 'beta'])
    expect((await opened.rowsOf(usage)).map((row) => row['user_id'])).toEqual(Array(9).fill(null))
  })
})
