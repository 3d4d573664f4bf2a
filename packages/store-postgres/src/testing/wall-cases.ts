import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { assertSame } from '@sluice/store/testing/store-case'
import type { Database, Transaction } from '../database.ts'
import { migrate, migrateDown, type SchemaMigrations } from '../migrate.ts'
import { allMigrations } from '../migrations/all-migrations.ts'
import { roles } from '../roles.ts'

const [acme, beta] = [{ tenant: 'acme' }, { tenant: 'beta' }]
const service = { service: 'auth' } as const
const countThings = 'SELECT count(*)::integer AS n FROM walled.things'

/** The second wall between tenants, on a real engine: what row-level security promises whatever the SQL of a store forgets. */
export function wallCases(name: string, open: () => Database): void {
  const walled = (body: (database: Database) => Promise<void>) => async () => {
    const database = open()
    await migrate(database, schema)
    try {
      await database.query(`INSERT INTO walled.things VALUES ('acme', 1), ('acme', 2), ('beta', 3)`)
      await database.query(`INSERT INTO walled.secrets VALUES ('of the house')`)
      await body(database)
    } finally {
      await database.query('DROP SCHEMA walled CASCADE')
    }
  }
  const count = async (on: Pick<Transaction, 'query'>) =>
    (await on.query<{ n: number }>(countThings)).rows[0]?.n

  describe(`row-level security: ${name}`, () => {
    test(
      'M-069 SQL without a WHERE clause, under the setting of one tenant, finds no row of another',
      walled(async (database) => {
        const { rows } = await database.query('SELECT * FROM walled.things ORDER BY n', [], acme)
        assertSame(rows, [
          { tenant_id: 'acme', n: 1 },
          { tenant_id: 'acme', n: 2 },
        ])
        assert.equal(await database.transaction(count, beta), 1)
        assert.equal(await database.transaction(count, service), 3)
        assert.equal((await database.query('SELECT * FROM walled.shown', [], acme)).count, 2)
      }),
    )

    test(
      'M-069 a tenant changes and removes none of another, and writes none for it',
      walled(async (database) => {
        const changed = await database.query('UPDATE walled.things SET n = n + 10', [], beta)
        assert.equal(changed.count, 1)
        const removed = await database.query('DELETE FROM walled.things', [], beta)
        assert.equal(removed.count, 1)
        await assert.rejects(
          database.query(`INSERT INTO walled.things VALUES ('acme', 9)`, [], beta),
          /row-level security/,
        )
        assert.equal(await database.transaction(count, service), 2)
      }),
    )

    test(
      'S-43 M-069 a connection that was used for a tenant sees nothing afterwards without the setting: 0 rows, not all',
      walled(async (database) => {
        await database.transaction(async (transaction) => {
          assert.equal(await count(transaction), 2)
          await transaction.script(`SET LOCAL sluice.tenant = ''`)
          assert.equal(await count(transaction), 0)
          await transaction.script(`RESET sluice.tenant`)
          assert.equal(await count(transaction), 0)
        }, acme)
        await database.transaction(async (transaction) => {
          await transaction.script(`SET LOCAL ROLE ${roles.tenant}`)
          assert.equal(await count(transaction), 0)
        })
      }),
    )

    test(
      'S-43 the owner of the tables, where that is no superuser, sees nothing as itself, and all as the service',
      walled(async (database) => {
        await asOwner(database, async (transaction) => {
          assert.equal(await count(transaction), 0)
          await transaction.script(`SET LOCAL ROLE ${roles.service}`)
          assert.equal(await count(transaction), 3)
          await transaction.script(
            `SET LOCAL ROLE ${roles.tenant}; SET LOCAL sluice.tenant = 'beta'`,
          )
          assert.equal(await count(transaction), 1)
        })
      }),
    )

    test(
      'a table that says nothing about tenants is closed to them, unless it is shared',
      walled(async (database) => {
        await assert.rejects(
          database.query('SELECT * FROM walled.secrets', [], acme),
          /permission denied/,
        )
        const { rows } = await database.query('SELECT * FROM walled.colours', [], acme)
        assertSame(rows, [{ name: 'red' }])
        await assert.rejects(database.query('DELETE FROM walled.colours', [], acme), /permission/)
      }),
    )

    test(
      'a tenant has no way out of its role by SQL of its own',
      walled(async (database) => {
        for (const name of ["a' OR true --", "a'; RESET ROLE; --", '\\', ''])
          assert.equal(await database.transaction(count, { tenant: name }), 0)
        await assert.rejects(
          database.query('ALTER TABLE walled.things DISABLE ROW LEVEL SECURITY', [], acme),
          /must be owner/,
        )
        await assert.rejects(
          database.query('TRUNCATE walled.things', [], acme),
          /permission denied/,
        )
      }),
    )

    test(
      'rows that may only be added are changed and removed by nobody, the owner included',
      walled(async (database) => {
        await database.query(`INSERT INTO walled.facts VALUES ('acme', 'kept')`, [], acme)
        for (const statement of [
          `UPDATE walled.facts SET fact = 'other'`,
          'DELETE FROM walled.facts',
          'TRUNCATE walled.facts',
        ]) {
          await assert.rejects(database.query(statement, [], acme), /permission denied/)
          await assert.rejects(database.query(statement, [], service), /permission denied/)
          await assert.rejects(database.query(statement), /only be added/)
        }
        assert.equal((await database.query('SELECT * FROM walled.facts', [], acme)).count, 1)
      }),
    )

    test(
      'steps that come later reach all rows, and what they add is behind the wall',
      walled(async (database) => {
        const later = {
          ...schema,
          migrations: [
            ...schema.migrations,
            {
              id: 2,
              name: 'more',
              up: `UPDATE walled.things SET n = n + 100; ALTER TABLE walled.facts ALTER tenant_id TYPE varchar;
                   CREATE TABLE walled.more AS SELECT * FROM walled.things`,
              down: 'DROP TABLE walled.more',
            },
          ],
        }
        await migrate(database, later)
        assert.equal((await database.query('SELECT * FROM walled.more', [], beta)).count, 1)
        const { rows } = await database.query<{ n: number }>(
          'SELECT min(n) AS n FROM walled.things',
          [],
          service,
        )
        assert.equal(rows[0]?.n, 101)
        await migrateDown(database, later, 1)
        assert.equal(await database.transaction(count, beta), 1)
      }),
    )

    test('M-069 every table of the product has the wall, and every one with tenants shows a tenant its own only', async () => {
      const database = open()
      for (const each of allMigrations) await migrate(database, each)
      const { rows } = await database.query<{ name: string }>(
        `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p') AND c.relname <> 'migrations'
           AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity OR NOT EXISTS (
             SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'of_service')
             OR (EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AND NOT EXISTS (
               SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'of_tenant'
                 AND pg_get_expr(p.polqual, p.polrelid) LIKE '%tenant_id = current_setting(%')))`,
        [allMigrations.map((each) => each.schema)],
      )
      assertSame(rows, [])
    })
  })
}

/** As a login without privileges that owns the tables: what `DATABASE_URL` usually names. */
async function asOwner<Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  const undone = new Error('rolled back')
  let result: Result | undefined
  await database
    .transaction(async (transaction) => {
      await transaction.script(`
        CREATE ROLE sluice_test_owner LOGIN;
        GRANT ${roles.login} TO sluice_test_owner;
        ALTER TABLE walled.things OWNER TO sluice_test_owner;
        GRANT USAGE ON SCHEMA walled TO sluice_test_owner;
        SET LOCAL ROLE sluice_test_owner`)
      result = await work(transaction)
      throw undone
    })
    .catch((thrown: unknown) => {
      if (thrown !== undone) throw thrown
    })
  return result as Result
}

const schema: SchemaMigrations = {
  schema: 'walled',
  wall: { shared: { colours: 'SELECT' }, appendOnly: ['facts'] },
  migrations: [
    {
      id: 1,
      name: 'things',
      up: `
        CREATE TABLE walled.things (tenant_id text NOT NULL, n integer NOT NULL);
        CREATE TABLE walled.secrets (text text);
        CREATE TABLE walled.colours (name text);
        CREATE TABLE walled.facts (tenant_id text, fact text);
        CREATE VIEW walled.shown AS SELECT * FROM walled.things;
        INSERT INTO walled.colours VALUES ('red');`,
      down: 'DROP SCHEMA walled CASCADE',
    },
  ],
}
