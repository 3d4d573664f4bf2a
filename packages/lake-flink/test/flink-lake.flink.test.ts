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
import { bill, checkpoint, decision, turn } from './events.ts'
import { asFlinkWrote, asWeWrite, oddBills } from './odd-bills.ts'
import { poisonOf } from './poison.ts'
import { startReading } from './reading.ts'
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

const poisons = poisonOf(usage, bill(0)).length

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
  /** Kafka is told the offsets of a checkpoint a moment after the table has its rows. */
  const progressOf = async (table: LakeTable, events: number) => {
    let partitions: readonly PartitionProgress[] = []
    await rig.until(async () => {
      partitions = await rig.lake.progress(table)
      return sums(partitions).reduce((total, of) => total + of, 0) === events
    })
    return partitions
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
    for (const { table, event } of facts) {
      for (const { value } of poisonOf(table, event(1_000)))
        await rig.send(topicOf(table), [{ key: 'poison', value }])
      await rig.send(topicOf(table), [event(50)])
    }
    await rig.untilRows(quarantine, facts.length * poisons)
    for (const { table } of facts) {
      await rig.untilRows(table, 51)
      const partitions = await progressOf(table, 51 + poisons + 10)
      expect(sums(partitions)).toEqual([51, poisons, 10])
      expectEveryOffset(partitions)
    }
  })

  test('M-264, M-265: a conversation and a checkpoint are read back from the tables of the catalogue and the topic behind them: new, while they are committed, and after it', async () => {
    await using reading = await startReading(rig.env)
    const turnsOf = async () =>
      (await reading.session('session-1', 'user-1')).map(({ id }) => id).toSorted()
    const meant = [1, 22, 43].map((i) => `request-${String(i)}:0`)
    expect(await turnsOf()).toEqual(meant)
    const [first] = await reading.session('session-2', 'user-2')
    expect(first).toMatchObject({
      content: 'text 44',
      metadata: { attachments: [], channel: 'http', model: 'm', tool_calls: [] },
    })
    await expect(reading.session('session-1', 'user-2')).resolves.toHaveLength(2)
    await expect(reading.session('session-none', 'user-1')).rejects.toMatchObject({ status: 404 })
    // A commit a second: what is told now is in the topic alone, then in both, then in the table.
    const before = await rig.rows(conversations)
    await rig.send(topicOf(conversations), [turn(64, { user: 'user-1' })])
    await rig.send(topicOf(checkpoints), [checkpoint(51)])
    meant.push('request-64:0')
    do {
      expect(await turnsOf()).toEqual(meant.toSorted())
      expect(await reading.checkpoint('session-51')).toMatchObject({ state: '{"b":1,"a":2}' })
    } while ((await rig.rows(conversations)) === before)
    await rig.untilRows(checkpoints, 52)
    expect(await turnsOf()).toEqual(meant.toSorted())
    expect(await reading.checkpoint('session-51')).toMatchObject({ id: 'session-51:0' })
    expect(await reading.checkpoint('session-none')).toBeNull()
    expect(await reading.said('user-1')).toHaveLength(9)
  }, 60_000)

  withPyIceberg(
    'M-262, M-263: PyIceberg and the gateway read the same rows, and the poison as it came',
    async () => {
      const turns = readByPyIceberg(await rig.metadata(conversations))
      expect(new Set(turns.map(({ id }) => id)).size).toBe(52)
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
      await using reading = await startReading(rig.env)
      const asTexts = (rows: readonly Record<string, unknown>[]) =>
        rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).toSorted()
      for (const [table, rows] of [
        [conversations, turns],
        [usage, bills],
        [quarantine, kept],
      ] as const)
        expect(asTexts(await reading.rows(table))).toEqual(asTexts(rows))
      for (const { table, event } of facts) {
        const ofTopic = kept.filter(({ topic }) => topic === topicOf(table))
        const sent = poisonOf(table, event(1_000)).map(({ value, reason }) => ({
          payload: value?.toString('base64') ?? null,
          reason,
        }))
        expect(ofTopic).toHaveLength(sent.length)
        expect(ofTopic.map(({ payload, reason }) => ({ payload, reason }))).toEqual(
          expect.arrayContaining(sent),
        )
      }
    },
    120_000,
  )

  test('M-266: compaction and erasure while the job is down: files are few and sorted, and who is erased is in none of them', async () => {
    const canary = 'canary-zebra-in-a-text'
    await sendBills(100, 300)
    await rig.send(
      topicOf(conversations),
      numbers(6_000, 6_010).map((i) =>
        turn(i, { user: 'user-gone', content: `${canary} ${String(i)}` }),
      ),
    )
    // Its first one is erased: it has to be told from one that was lost.
    await rig.send(topicOf(conversations), [turn(6_000, { user: 'user-gone' })])
    await rig.send(topicOf(usage), [
      bill(6_000, { user_id: 'user-gone', key_id: 'session-user-gone' }),
    ])
    await rig.untilRows(conversations, 62)
    await rig.untilRows(usage, 252)
    expect(await filesWith(canary)).not.toEqual([])
    expect(await filesWith('user-gone')).not.toEqual([])
    // Killed when its newest checkpoint has files that are committed: a history without Flink's marks would get them twice.
    await rig.send(
      topicOf(conversations),
      numbers(6_100, 6_105).map((i) => turn(i)),
    )
    await rig.untilRows(conversations, 67)
    await sendBills(300, 500)
    process.kill(job.pid ?? 0, 'SIGKILL')

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
    expect(await rig.lake.count(conversations, always)).toEqual({ rows: 57, distinct: 57 })
  }, 120_000)

  test('M-262: killed without warning, the job goes on from its newest checkpoint, older than all that: every event is one row, also one that comes again', async () => {
    await sendBills(100, 300)
    await sendBills(500, 700)
    await rig.send(topicOf(conversations), [turn(6_500)])
    await rig.untilRows(conversations, 58)
    await rig.untilRows(usage, 652)
    for (const [table, rows, erased, repeated] of [
      [conversations, 58, 10, 11],
      [usage, 652, 0, 210],
    ] as const) {
      const partitions = await progressOf(table, rows + erased + poisons + repeated)
      expect(await rig.lake.count(table, always)).toEqual({ rows, distinct: rows })
      expect(sums(partitions)).toEqual([rows + erased, poisons, repeated])
      expectEveryOffset(partitions)
    }
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

  withPyIceberg(
    'M-262, M-267: of odd values Flink makes the rows that the gateway makes, and refuses what it refuses',
    async () => {
      const rowsAndRefused = async () => (await rig.rows(usage)) + (await rig.rows(quarantine))
      const before = await rowsAndRefused()
      const values = oddBills(20_000)
      for (const value of values) await rig.send(topicOf(usage), [{ partition: 0, value }])
      await rig.until(async () => (await rowsAndRefused()) === before + values.length)
      const [bills, refused] = [usage, quarantine].map(async (table) =>
        readByPyIceberg(await rig.metadata(table)),
      )
      const all = [
        ...((await bills) ?? []),
        ...((await refused) ?? []).filter(({ topic }) => topic === topicOf(usage)),
      ]
      const written = all
        .filter(({ kafka_partition: partition }) => partition === 0)
        .toSorted((a, b) => Number(a['kafka_offset']) - Number(b['kafka_offset']))
        .slice(-values.length)
      values.forEach((value, i) => {
        const sent = value.slice(-200)
        expect({ sent, ...asFlinkWrote(written[i] ?? {}) }).toEqual({ sent, ...asWeWrite(value) })
      })
    },
    120_000,
  )

  test('a start from nothing onto tables with rows is refused', async () => {
    await expect(
      requireRestorePoint(join(rig.dir, 'elsewhere'), rig.lake, lakeTables),
    ).rejects.toThrow('--from-scratch')
    await expect(
      requireRestorePoint(join(rig.dir, 'job'), rig.lake, lakeTables),
    ).resolves.toBeUndefined()
  })
})
