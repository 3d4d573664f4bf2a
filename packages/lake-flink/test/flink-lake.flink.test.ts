import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { column } from '@sluice/contracts/lake/columns'
import type { LakeTable } from '@sluice/contracts/lake/table'
import {
  checkpoints,
  conversations,
  decisions,
  lakeTables,
  quarantine,
  usage,
} from '@sluice/contracts/lake/tables'
import type { PartitionProgress } from '@sluice/lake'
import { type FlinkJob, requireRestorePoint } from '../src/flink-job.ts'
import { lakeSql } from '../src/lake-sql.ts'
import { bill, checkpoint, decision, type Numbered, turn } from './events.ts'
import { hasPyIceberg, openRig, readByPyIceberg, type Rig } from './rig.ts'

const facts = [
  { table: conversations, event: turn },
  { table: usage, event: bill },
  { table: decisions, event: decision },
  { table: checkpoints, event: checkpoint },
] as const
const always = { from: 0, to: Date.UTC(2100, 0) }
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const withPyIceberg = hasPyIceberg ? test : test.skip
if (!hasPyIceberg)
  process.stderr.write('python3 has no pyiceberg: that it reads the same rows is not tested\n')

const sums = (partitions: readonly PartitionProgress[]) =>
  (['rows', 'quarantined', 'duplicates'] as const).map((of) =>
    partitions.reduce((total, partition) => total + (partition[of] ?? 0), 0),
  )

function expectEveryOffset(partitions: readonly PartitionProgress[]): void {
  for (const { firstOffset, nextOffset, rows, quarantined, duplicates } of partitions)
    expect(rows + quarantined + (duplicates ?? 0)).toBe(nextOffset - firstOffset)
}

const topicOf = ({ topic }: LakeTable) => topic?.name ?? ''

/** One lake, one job: the tests follow each other as a lake's life does. */
describe('the lake in a catalogue, written by Flink', () => {
  let rig: Rig
  let job: FlinkJob

  beforeAll(async () => {
    rig = await openRig()
    await rig.lake.apply(lakeTables)
    job = rig.job()
    await job.start()
  }, 180_000)

  afterAll(async () => {
    await job.stop()
    await rig[Symbol.asyncDispose]()
  }, 60_000)

  const sendBills = (from: number, to: number) =>
    rig.send(
      topicOf(usage),
      numbers(from, to).map((i) => bill(i)),
    )
  const killJob = () => {
    process.kill(job.pid ?? 0, 'SIGKILL')
  }
  const filesWith = async (text: string) => {
    const found = await rig.lake.search([conversations, checkpoints, usage], text)
    return found.flatMap(({ files }) => files)
  }

  test('M-262: every event of every topic is one row, however often the log has it', async () => {
    for (const { table, event } of facts) {
      await rig.send(
        topicOf(table),
        numbers(0, 50).map((i) => event(i)),
      )
      await rig.send(
        topicOf(table),
        numbers(0, 10).map((i) => event(i)),
      )
    }
    for (const { table } of facts) {
      await rig.untilRows(table, 50)
      expect(await rig.lake.count(table, always)).toEqual({ rows: 50, distinct: 50 })
    }
  })

  test('M-262: what is not what its contract says is in quarantine byte for byte, from every topic, and the job goes on', async () => {
    const poison = (good: Numbered) => {
      const { tenant_id: _, ...incomplete } = JSON.parse(good.value) as Record<string, unknown>
      return [
        null,
        Buffer.from('{"not json'),
        Buffer.from([0xff, 0xfe, 0x00]),
        Buffer.from('[1,2]'),
        Buffer.from(JSON.stringify(incomplete)),
      ]
    }
    for (const { table, event } of facts) {
      const values = poison(event(1_000))
      await rig.send(
        topicOf(table),
        values.map((value) => ({ key: 'poison', value })),
      )
      await rig.send(topicOf(table), [event(50)])
    }
    await rig.untilRows(quarantine, 20)
    for (const { table } of facts) {
      await rig.untilRows(table, 51)
      // Kafka is told the offsets of a checkpoint a moment after the table.
      await rig.until(async () => sums(await rig.lake.progress(table))[0] === 51)
      const partitions = await rig.lake.progress(table)
      expect(sums(partitions)).toEqual([51, 5, 10])
      expectEveryOffset(partitions)
    }
  })

  withPyIceberg(
    'M-262, M-263: PyIceberg reads the same rows, and the poison as it came',
    async () => {
      const turns = readByPyIceberg(await rig.metadata(conversations))
      expect(new Set(turns.map(({ id }) => id)).size).toBe(51)
      const sent = JSON.parse(turn(7).value) as Record<string, unknown>
      expect(turns.find(({ id }) => id === sent['id'])).toMatchObject({
        user_id: sent['user_id'],
        content: 'text 7',
        timestamp: sent['occurred_at'],
        metadata: '{"attachments":[],"channel":"http","model":"m","tool_calls":[]}',
      })
      const bills = readByPyIceberg(await rig.metadata(usage))
      expect(bills[0]).toMatchObject({ amount_nano_usd: 9_007_199_254_740_000, price: null })
      const kept = readByPyIceberg(await rig.metadata(quarantine))
      const reasons = kept
        .filter(({ topic }) => topic === topicOf(usage))
        .map(({ payload, reason }) => [payload, reason])
      expect(reasons).toHaveLength(5)
      expect(reasons).toContainEqual([null, 'no value'])
      expect(reasons).toContainEqual(['//4A', 'not json'])
      expect(reasons).toContainEqual([
        Buffer.from('[1,2]').toString('base64'),
        'missing required field',
      ])
    },
  )

  test('M-262: killed without warning, the job goes on from its newest checkpoint, and every event is one row', async () => {
    const before = await rig.rows(usage)
    await sendBills(100, 300)
    await rig.untilRows(usage, before + 1)
    await sendBills(300, 500)
    killJob()
    await sendBills(500, 700)
    await rig.untilRows(usage, before + 600)
    const rows = before + 600
    expect(await rig.lake.count(usage, always)).toEqual({ rows, distinct: rows })
  }, 120_000)

  test('M-266: compaction and erasure while the job is down: files are few and sorted, who is erased is in none of them, and the job goes on from a checkpoint that is older', async () => {
    const canary = 'canary-zebra-in-a-text'
    await rig.send(
      topicOf(conversations),
      numbers(6_000, 6_010).map((i) =>
        turn(i, { user: 'user-gone', content: `${canary} ${String(i)}` }),
      ),
    )
    await rig.send(topicOf(usage), [bill(6_000, { user_id: 'user-gone' })])
    const bills = (await rig.rows(usage)) + 1
    await rig.untilRows(conversations, 61)
    await rig.untilRows(usage, 652)
    expect(await filesWith(canary)).not.toEqual([])
    expect(await filesWith('user-gone')).not.toEqual([])
    // Killed when its newest checkpoint has files that are committed: a history without Flink's marks would get them twice.
    await rig.send(
      topicOf(conversations),
      numbers(6_100, 6_105).map((i) => turn(i)),
    )
    await rig.untilRows(conversations, 66)
    killJob()

    const [, maintained] = await rig.lake.maintain([conversations, usage])
    expect(maintained?.filesBefore).toBeGreaterThan(1)
    expect(maintained?.filesAfter).toBe(1)
    expect(maintained?.snapshotsDropped).toBeGreaterThan(0)
    expect((await rig.lake.maintain([usage]))[0]).toMatchObject({ filesBefore: 1, filesAfter: 1 })
    if (hasPyIceberg) {
      const times = readByPyIceberg(await rig.metadata(usage)).map((row) =>
        Number(row['finished_at']),
      )
      expect(times).toEqual(times.toSorted((a, b) => a - b))
    }

    const subject = { tenantId: 'acme', userId: 'user-gone', keyIds: [] }
    const [turns, , changed] = await rig.lake.erase([conversations, checkpoints, usage], subject)
    expect(turns).toMatchObject({ rowsRemoved: 10 })
    expect(changed).toMatchObject({ rowsChanged: 1 })
    for (const text of [canary, 'user-gone']) expect(await filesWith(text)).toEqual([])
    expect(await rig.lake.count(conversations, always)).toEqual({ rows: 56, distinct: 56 })

    await rig.send(topicOf(conversations), [turn(6_500)])
    await rig.untilRows(conversations, 57)
    await sendBills(5_000, 5_050)
    await rig.untilRows(usage, bills + 50)
    expect(await rig.lake.count(conversations, always)).toEqual({ rows: 57, distinct: 57 })
    await rig.until(async () => sums(await rig.lake.progress(conversations))[0] === 67)
    const partitions = await rig.lake.progress(conversations)
    expect(sums(partitions)).toEqual([67, 5, 10])
    expectEveryOffset(partitions)
    const rows = await rig.rows(usage)
    expect(rows).toBe(702)
    expect(await rig.lake.count(usage, always)).toEqual({ rows, distinct: rows })
  }, 120_000)

  test('M-262: a column is added: table, savepoint, new job, and nothing is lost; what would lose something is refused', async () => {
    const wider = { ...usage, columns: [...usage.columns, column(29, 'region', 'string', 'where')] }
    const tables = lakeTables.map((table) => (table === usage ? wider : table))
    const retyped = usage.columns.map((c) =>
      c.name === 'state' ? { ...c, type: 'long' as const } : c,
    )
    await expect(rig.lake.apply([{ ...usage, columns: retyped }])).rejects.toThrow('left as it is')

    const before = await rig.rows(usage)
    expect(await rig.lake.apply(tables)).toContainEqual({
      table: 'usage',
      created: false,
      addedColumns: ['region'],
    })
    await rig.send(topicOf(usage), [bill(7_000, { region: 'north' })])
    await rig.untilRows(usage, before + 1)
    expect(await job.stop()).toMatch(/savepoint/)

    const sqlFile = join(rig.dir, 'wider.sql')
    await writeFile(sqlFile, lakeSql(tables))
    job = rig.job({ sqlFile })
    await job.start()
    await rig.send(topicOf(usage), [bill(7_001, { region: 'south' })])
    await rig.untilRows(usage, before + 2)
    expect(await rig.lake.count(usage, always)).toEqual({ rows: before + 2, distinct: before + 2 })
    if (!hasPyIceberg) return
    const rows = readByPyIceberg(await rig.metadata(usage))
    expect(rows.find(({ request_id: id }) => id === 'request-7001')).toMatchObject({
      region: 'south',
    })
    expect(rows.find(({ request_id: id }) => id === 'request-7000')).toMatchObject({ region: null })
  }, 120_000)

  test('a start from nothing onto tables with rows is refused', async () => {
    await expect(
      requireRestorePoint(join(rig.dir, 'elsewhere'), rig.lake, lakeTables),
    ).rejects.toThrow('--from-scratch')
    await expect(
      requireRestorePoint(join(rig.dir, 'job'), rig.lake, lakeTables),
    ).resolves.toBeUndefined()
  })
})
