import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import fc from 'fast-check'
import { compact, expireSnapshots, removeOrphans } from './maintenance.ts'
import { askForBounds, type Row, type TableDefinition } from './schema.ts'
import { IcebergTable } from './table.ts'

const definition: TableDefinition = {
  schema: {
    fields: [
      { id: 1, name: 'id', type: 'string', required: true },
      { id: 2, name: 'who', type: 'string', required: true },
      { id: 3, name: 'at', type: 'timestamptz', required: true },
      { id: 4, name: 'text', type: 'string', required: false },
      { id: 5, name: 'count', type: 'long', required: false },
      { id: 6, name: 'small', type: 'int', required: false },
      { id: 7, name: 'flag', type: 'boolean', required: false },
      { id: 8, name: 'bytes', type: 'binary', required: false },
    ],
  },
  partition: [
    { name: 'at_day', transform: 'day', sourceId: 3, fieldId: 1000 },
    { name: 'who_bucket', transform: 'bucket[4]', sourceId: 2, fieldId: 1001 },
  ],
  sort: [2, 3],
  properties: Object.fromEntries([askForBounds('who'), askForBounds('at')]),
}

const day = 86_400_000_000n
const start = BigInt(Date.UTC(2026, 0, 1)) * 1_000n

async function newFolder() {
  const path = await mkdtemp(join(tmpdir(), 'iceberg-'))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

const options = () => ({ clock: createFakeClock(), carried: 'mine.' })

function row(id: string, more: Row = {}): Row {
  return {
    id,
    who: 'anna',
    at: start,
    text: `text of ${id}`,
    count: 1n,
    small: 2,
    flag: true,
    bytes: null,
    ...more,
  }
}

async function all(table: IcebergTable, where: Parameters<IcebergTable['rewrite']>[0] = []) {
  const rows: Row[] = []
  for await (const each of (await table.view()).rows({ where })) rows.push(each)
  return rows.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))
}

async function ids(table: IcebergTable, where: Parameters<IcebergTable['rewrite']>[0] = []) {
  return (await all(table, where)).map((each) => each['id'])
}

test('rows come back as they were written, of every type', async () => {
  await using folder = await newFolder()
  const table = await IcebergTable.create(join(folder.path, 't'), definition, options())
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          who: fc.string({ minLength: 1, unit: 'binary' }),
          at: fc.bigInt({ min: -(10n ** 14n), max: 10n ** 16n }),
          text: fc.option(fc.string({ unit: 'binary' })),
          count: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
          small: fc.option(fc.integer()),
          flag: fc.option(fc.boolean()),
          bytes: fc.option(fc.uint8Array()),
        }),
        { minLength: 1, maxLength: 20 },
      ),
      async (made) => {
        const rows = made.map((each, i) => ({
          ...each,
          id: String(i).padStart(3, '0'),
          who: each.who.toWellFormed(),
          text: each.text?.toWellFormed() ?? null,
        }))
        await table.append(rows)
        const read = await all(table)
        await table.rewrite([], 'remove')
        expect(
          read.map((each) => ({
            ...each,
            bytes: each['bytes'] ? [...(each['bytes'] as Uint8Array)] : null,
          })),
        ).toEqual(rows.map((each) => ({ ...each, bytes: each.bytes ? [...each.bytes] : null })))
      },
    ),
    { numRuns: 15 },
  )
})

describe('a scan', () => {
  test('gives what matches and opens no file that cannot', async () => {
    await using folder = await newFolder()
    const table = await IcebergTable.create(join(folder.path, 't'), definition, options())
    const people = ['anna', 'ben', 'cem', 'dora', 'eve']
    for (let n = 0; n < 4; n += 1)
      await table.append(
        people.map((who, i) =>
          row(`${String(n)}-${who}`, { who, at: start + BigInt(n) * day, count: BigInt(i) }),
        ),
      )
    const ofBen = { column: 'who', in: ['ben'] } as const
    const second = { column: 'at', from: start + day, before: start + 2n * day } as const
    expect(await ids(table, [ofBen, second])).toEqual(['1-ben'])
    expect(await ids(table, [second])).toHaveLength(5)
    expect(await ids(table, [{ column: 'count', in: [3n, 4n] }])).toHaveLength(8)
    expect(await (await table.view()).plan([ofBen, second])).toHaveLength(1)
    expect(await (await table.view()).plan([{ column: 'who', in: ['zoe'] }])).toHaveLength(0)
  })

  test('pruning never loses a row', async () => {
    await using folder = await newFolder()
    const table = await IcebergTable.create(join(folder.path, 't'), definition, options())
    const who = fc.constantFrom('a', 'b', 'ä', '😀', '\uffee', 'zz')
    const at = fc.bigInt({ min: -3n * day, max: 3n * day })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(who, at), { minLength: 1, maxLength: 8 }),
        fc.array(who, { maxLength: 2 }),
        at,
        at,
        async (rows, wanted, from, before) => {
          await table.rewrite([], 'remove')
          await table.append(
            rows.map(([whose, when], i) => row(String(i), { who: whose, at: when })),
          )
          const found = await ids(table, [
            { column: 'who', in: wanted },
            { column: 'at', from, before },
          ])
          const meant = rows.flatMap(([whose, when], i) =>
            wanted.includes(whose) && when >= from && when < before ? [String(i)] : [],
          )
          expect(found).toEqual(meant)
        },
      ),
      { numRuns: 20 },
    )
  })
})

describe('changes', () => {
  test('rows are removed, or changed, and all others stay', async () => {
    await using folder = await newFolder()
    const table = await IcebergTable.create(join(folder.path, 't'), definition, options())
    await table.append([row('1'), row('2', { who: 'ben' }), row('3')])
    await table.append([row('4'), row('5', { at: start + day, text: null })])
    expect(await table.rewrite([{ column: 'id', in: ['1', '4'] }], 'remove')).toEqual({
      removed: 2,
      changed: 0,
    })
    const forget = (each: Row) => (each['text'] === null ? each : { ...each, text: null })
    expect(await table.rewrite([{ column: 'who', in: ['anna'] }], forget)).toEqual({
      removed: 0,
      changed: 1,
    })
    expect((await all(table)).map((each) => [each['id'], each['text']])).toEqual([
      ['2', 'text of 2'],
      ['3', null],
      ['5', null],
    ])
    expect((await table.view()).summary['total-records']).toBe('3')
  })

  test('members of the summary that are carried outlive changes that do not speak of them', async () => {
    await using folder = await newFolder()
    const table = await IcebergTable.create(join(folder.path, 't'), definition, options())
    await table.append([row('1')], () => ({ 'mine.at': '7', other: 'x' }))
    await table.append([row('2')], (base) => ({ 'mine.at': `${String(base.summary['mine.at'])}+` }))
    await table.rewrite([{ column: 'id', in: ['1'] }], 'remove')
    expect((await table.view()).summary).toMatchObject({ 'mine.at': '7+' })
    expect((await table.view()).summary).not.toHaveProperty('other')
  })

  test('two writers lose nothing of each other', async () => {
    await using folder = await newFolder()
    const path = join(folder.path, 't')
    const first = await IcebergTable.create(path, definition, options())
    const second = (await IcebergTable.open(path, options())) as IcebergTable
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? first : second).append([row(String(i))])),
    )
    expect(await ids(first)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
    expect(await ids(second)).toHaveLength(8)
    await expect(IcebergTable.create(path, definition, options())).rejects.toMatchObject({
      code: 'table_exists',
    })
  })

  test('a column is added; rows from before have none of it; a changed or a required one is refused', async () => {
    await using folder = await newFolder()
    const table = await IcebergTable.create(join(folder.path, 't'), definition, options())
    await table.append([row('1')])
    const { fields } = definition.schema
    const wider = {
      fields: [...fields, { id: 9, name: 'more', type: 'string', required: false }],
    } as const
    expect(await table.evolve(wider)).toEqual(['more'])
    expect(await table.evolve(wider)).toEqual([])
    await table.append([row('2', { more: 'm' })])
    expect((await all(table)).map((each) => each['more'])).toEqual([null, 'm'])
    const retyped = { fields: [{ id: 1, name: 'id', type: 'long', required: true }] } as const
    await expect(table.evolve(retyped)).rejects.toMatchObject({ code: 'schema_incompatible' })
    const required = { fields: [{ id: 10, name: 'must', type: 'long', required: true }] } as const
    await expect(table.evolve(required)).rejects.toMatchObject({ code: 'schema_incompatible' })
  })

  test('a row without a required column is refused before anything is written', async () => {
    await using folder = await newFolder()
    const table = await IcebergTable.create(join(folder.path, 't'), definition, options())
    await expect(table.append([row('1', { who: null })])).rejects.toMatchObject({
      code: 'row_invalid',
    })
    expect((await table.view()).snapshot).toBeNull()
  })
})

describe('maintenance', () => {
  test('small files become one sorted file per partition, then only those are left', async () => {
    await using folder = await newFolder()
    const { clock } = options()
    const table = await IcebergTable.create(join(folder.path, 't'), definition, {
      clock,
      carried: 'mine.',
    })
    for (let n = 0; n < 20; n += 1) {
      await table.append(
        [
          row(String(n).padStart(2, '0'), { at: start + BigInt(20 - n) }),
          row(`x${String(n)}`, { who: 'ben' }),
        ],
        () => ({ 'mine.n': String(n) }),
      )
      await clock.advance(1_000)
    }
    expect(await compact(table, { targetBytes: 1e9, minFiles: 2 })).toEqual({
      before: 40,
      after: 2,
    })
    expect(await compact(table, { targetBytes: 1e9, minFiles: 2 })).toEqual({ before: 2, after: 2 })
    const [file] = await (await table.view()).plan([{ column: 'who', in: ['anna'] }])
    const times = (await (await table.view()).read(file as never)).map((each) => each['at'])
    expect(times).toEqual(times.toSorted((a, b) => Number((a as bigint) - (b as bigint))))
    const { snapshots } = await expireSnapshots(table, { olderThan: clock.now() + 1, keepLast: 1 })
    expect(snapshots).toBe(21)
    const left = await readdir(join(folder.path, 't'), { recursive: true })
    expect(left.filter((name) => name.endsWith('.parquet'))).toHaveLength(2)
    expect(left.filter((name) => name.includes('snap-'))).toHaveLength(1)
    expect(await ids(table)).toHaveLength(40)
    expect((await table.view()).summary['mine.n']).toBe('19')
    expect(await removeOrphans(table, { olderThan: Infinity })).toBe(0)
  })

  test('what a killed change left is removed when it is old enough, and nothing else', async () => {
    await using folder = await newFolder()
    const table = await IcebergTable.create(join(folder.path, 't'), definition, options())
    await table.append([row('1')])
    await writeFile(join(folder.path, 't/metadata/.left.tmp'), 'x')
    await writeFile(join(folder.path, 't/data/left.parquet'), 'x')
    expect(await removeOrphans(table, { olderThan: 0 })).toBe(0)
    expect(await removeOrphans(table, { olderThan: Infinity })).toBe(2)
    expect(await ids(table)).toEqual(['1'])
  })

  test('a hint that lags, is torn or missing does not hide the newest version', async () => {
    await using folder = await newFolder()
    const path = join(folder.path, 't')
    const table = await IcebergTable.create(path, definition, options())
    for (let n = 0; n < 3; n += 1) await table.append([row(String(n))])
    const hint = join(path, 'metadata/version-hint.text')
    expect(await readFile(hint, 'utf8')).toBe('4')
    for (const text of ['2', '', '99', null]) {
      if (text === null) await rm(hint)
      else await writeFile(hint, text)
      const opened = (await IcebergTable.open(path, options())) as IcebergTable
      expect(await ids(opened)).toEqual(['0', '1', '2'])
    }
  })

  test('old versions of the metadata go, the newest fifty stay', async () => {
    await using folder = await newFolder()
    const path = join(folder.path, 't')
    const table = await IcebergTable.create(path, definition, options())
    for (let n = 0; n < 60; n += 1)
      await table.change(async ({ metadata }) => ({ ...metadata, properties: { n: String(n) } }))
    const versions = (await readdir(join(path, 'metadata'))).filter((name) =>
      name.endsWith('.json'),
    )
    expect(versions).toHaveLength(51)
  })
})
