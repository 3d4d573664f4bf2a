// Needs a file system to fill: root on Linux.
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from '@sluice/testkit/small-disk'
import type { Database } from '../src/database.ts'
import { openPglite } from '../src/pglite-database.ts'
import { copyOfTemplate } from '../src/testing/temporary-pglite.ts'

const why = whyNoSmallDisk()
if (why !== null) console.warn(`skipped, PGlite on a full disk: ${why}`)

const attempts = 60

async function emptyDatabase(disk: SmallDisk): Promise<string> {
  const copy = await copyOfTemplate()
  const dataDir = join(disk.path, 'data')
  await cp(copy, dataDir, { recursive: true })
  await rm(copy, { recursive: true })
  return dataDir
}

/** Tries until the database takes it, as those do who write bills. */
async function insist(database: Database, text: string): Promise<void> {
  for (let left = attempts; ; left -= 1) {
    try {
      await database.query(text)
      return
    } catch (error) {
      expect(GatewayError.is(error) ? [error.code, error.status] : error).toEqual([
        'dependency_unavailable',
        503,
      ])
      if (left === 0) throw error
    }
    await wait(500)
  }
}

async function numbers(database: Database): Promise<number[]> {
  const { rows } = await database.query<{ n: number }>('SELECT n FROM kept ORDER BY n')
  return rows.map(({ n }) => n)
}

/** A record in the log and nowhere else: tables may have room in their pages. */
const logged = `SELECT pg_logical_emit_message(true, 'test', repeat('x', 200000))`

;(why === null ? describe : describe.skip)('FM45 PGlite on a full disk', () => {
  test.each(['its tables', 'its log'])(
    '%s: statements fail with 503, and go on by themselves when there is room; what was committed is there, what was refused is not',
    async (where) => {
      using disk = mountSmallDisk(160)
      const dataDir = await emptyDatabase(disk)
      {
        await using database = await openPglite({ dataDir })
        await database.query('CREATE TABLE kept (n BIGINT NOT NULL)')
        await database.query('CREATE TABLE large (text TEXT)')
        await database.query('INSERT INTO kept VALUES (1)')
        disk.fill()
        const filling =
          where === 'its log'
            ? logged
            : `INSERT INTO large SELECT repeat(md5(n::text), 20) FROM generate_series(1, 500) n`
        await expect(
          (async () => {
            for (let i = 0; i < 200; i += 1) await database.query(filling)
          })(),
        ).rejects.toMatchObject({ code: 'dependency_unavailable', status: 503 })
        const waiting = insist(database, 'INSERT INTO kept VALUES (2)')
        await expect(
          database.transaction(async (transaction) => {
            await transaction.query('INSERT INTO kept VALUES (3)')
            for (let i = 0; i < 200; i += 1) await transaction.query(filling)
          }),
        ).rejects.toMatchObject({ code: 'dependency_unavailable' })
        await wait(3_000)
        disk.free()
        await waiting
        await insist(database, 'INSERT INTO kept VALUES (4)')
        expect(await numbers(database)).toEqual([1, 2, 4])
      }
      await using database = await openPglite({ dataDir })
      expect(await numbers(database)).toEqual([1, 2, 4])
    },
    120_000,
  )

  test('closed while the disk is full: it ends, and keeps what was committed', async () => {
    using disk = mountSmallDisk(160)
    const dataDir = await emptyDatabase(disk)
    const database = await openPglite({ dataDir })
    await database.query('CREATE TABLE kept AS SELECT 1::bigint AS n')
    disk.fill()
    try {
      await database[Symbol.asyncDispose]()
    } catch {
      // It may say that there was no room for its last words.
    }
    disk.free()
    await using again = await openPglite({ dataDir })
    expect(await numbers(again)).toEqual([1])
  }, 120_000)
})
