import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { assertSame } from '@sluice/store/testing/store-case'
import { type Database, sqlStateOf } from '../database.ts'
import { migrate, migrateDown, type SchemaMigrations } from '../migrate.ts'
import { allMigrations } from '../migrations/all-migrations.ts'

/** What `Database` and the migrations promise, on a real engine (M-310). Leaves none of its tables behind. */
export function databaseCases(name: string, open: () => Database): void {
  describe(`Database: ${name}`, () => {
    test('carries every kind of value there and back', async () => {
      const { rows, count } = await open().query<Record<string, unknown>>(
        `SELECT $1::text AS text, $2::integer AS integer, $3::bigint AS bigint, $4::boolean AS boolean, $5::bytea AS bytea,
                array_to_string($6::text[], '|', '-') AS list, $7::text AS none, $8::integer[] = ARRAY[1, NULL] AS numbers`,
        [
          'żółć "\\',
          -7,
          9_007_199_254_740_991n,
          true,
          Buffer.from([0, 255]),
          ['a"b', '{\\,}', null],
          null,
          [1, null],
        ],
      )
      const { bytea, ...rest } = rows[0] ?? {}
      assert.equal(count, 1)
      assertSame(rest, {
        text: 'żółć "\\',
        integer: -7,
        bigint: Number.MAX_SAFE_INTEGER,
        boolean: true,
        list: 'a"b|{\\,}|-',
        none: null,
        numbers: true,
      })
      assertSame([...(bytea as Uint8Array)], [0, 255])
    })

    test('refuses a BIGINT that a number cannot hold instead of rounding it', async () => {
      await assert.rejects(open().query('SELECT 9007199254740993'), /safe integer/)
      await open().ping()
    })

    test('rejects with the SQLSTATE of a refused statement and works on', async () => {
      const thrown: unknown = await open()
        .query('SELECT 1 / $1::integer', [0])
        .then(
          () => null,
          (error: unknown) => error,
        )
      assert.equal(sqlStateOf(thrown), '22012')
      await open().ping()
    })

    test('rolls back what a transaction did when its work throws', async () => {
      const database = open()
      await assert.rejects(
        database.transaction(async (transaction) => {
          await transaction.script('CREATE TABLE never_kept (id integer)')
          throw new Error('planted')
        }),
        /planted/,
      )
      const { rows } = await database.query<{ found: boolean }>(
        `SELECT to_regclass('never_kept') IS NOT NULL AS found`,
      )
      assertSame(rows, [{ found: false }])
    })

    test('does not report a commit when a swallowed error had aborted the transaction', async () => {
      const commit = open().transaction(async (transaction) => {
        await transaction.query('SELECT 1 / 0').catch(() => undefined)
      })
      await assert.rejects(commit, /rolled back/)
      await open().ping()
    })

    test('refuses a second connection inside a transaction at once, and the database stays usable', async () => {
      const database = open()
      const nested = database.transaction(() => database.query('SELECT 1'))
      await assert.rejects(nested, /use the handle/)
      await assert.rejects(
        database.transaction(() => database.transaction(async () => undefined)),
        /use the handle/,
      )
      await database.ping()
    })

    test('lets many callers use it at once, each transaction apart from the others', async () => {
      const database = open()
      await database.query('CREATE TABLE counters (value integer)')
      await database.query('INSERT INTO counters VALUES (0)')
      const raise = () =>
        database.transaction(async (transaction) => {
          const { rows } = await transaction.query<{ value: number }>(
            'SELECT value FROM counters FOR UPDATE',
          )
          await transaction.query('UPDATE counters SET value = $1', [(rows[0]?.value ?? 0) + 1])
        })
      try {
        await Promise.all(Array.from({ length: 20 }, raise))
        assertSame((await database.query('SELECT value FROM counters')).rows, [{ value: 20 }])
      } finally {
        await database.query('DROP TABLE counters')
      }
    })

    test('M-310 migrates every schema up, down and up again', async () => {
      const database = open()
      for (const schema of allMigrations) {
        await migrate(database, schema)
        await migrateDown(database, schema, 0)
        const { rows } = await database.query<{ tables: number }>(
          `SELECT count(*) AS tables FROM pg_tables WHERE schemaname = $1 AND tablename <> 'migrations'`,
          [schema.schema],
        )
        assertSame(rows, [{ tables: 0 }], schema.schema)
        await migrate(database, schema)
      }
    })

    test('M-310 an upgrade keeps the data of the release before', async () => {
      const database = open()
      try {
        await migrate(database, example(1))
        await database.query(`INSERT INTO example.things VALUES ('kept')`)
        await migrate(database, example(2))
        await database.query('UPDATE example.things SET colour = $1', ['red'])
        // A replica of the release before, started late, leaves the newer schema alone.
        await migrate(database, example(1))
        const { rows } = await database.query('SELECT name, colour FROM example.things')
        assertSame(rows, [{ name: 'kept', colour: 'red' }])
        await migrateDown(database, example(2), 1)
        assertSame((await database.query('SELECT * FROM example.things')).rows, [{ name: 'kept' }])
      } finally {
        await database.query('DROP SCHEMA example CASCADE')
      }
    })

    test('M-310 a step that fails leaves nothing of the run behind', async () => {
      const database = open()
      const broken = {
        ...example(1),
        migrations: [
          ...example(1).migrations,
          { id: 2, name: 'broken', up: 'SELECT no_such_column', down: '' },
        ],
      }
      await assert.rejects(migrate(database, broken))
      const { rows } = await database.query<{ found: boolean }>(
        `SELECT to_regclass('example.things') IS NOT NULL AS found`,
      )
      assertSame(rows, [{ found: false }])
    })

    test('M-310 several processes that start at once apply each step once', async () => {
      const database = open()
      try {
        await Promise.all(Array.from({ length: 4 }, () => migrate(database, example(2))))
        const { rows } = await database.query('SELECT id FROM example.migrations ORDER BY id')
        assertSame(rows, [{ id: 1 }, { id: 2 }])
      } finally {
        await database.query('DROP SCHEMA example CASCADE')
      }
    })
  })
}

function example(steps: number): SchemaMigrations {
  const migrations = [
    {
      id: 1,
      name: 'things',
      up: 'CREATE TABLE example.things (name text)',
      down: 'DROP TABLE example.things',
    },
    {
      id: 2,
      name: 'colours',
      up: 'ALTER TABLE example.things ADD COLUMN colour text',
      down: 'ALTER TABLE example.things DROP COLUMN colour',
    },
  ]
  return { schema: 'example', migrations: migrations.slice(0, steps) }
}
