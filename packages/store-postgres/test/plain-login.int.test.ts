// Needs a Postgres server whose user may create roles: DATABASE_URL.
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { newResponse } from '@sluice/store/testing/response-store-contract'
import { migrate } from '../src/migrate.ts'
import { allMigrations } from '../src/migrations/all-migrations.ts'
import { openPostgres } from '../src/postgres-database.ts'
import { createPostgresResponseStore } from '../src/postgres-response-store.ts'
import { roles } from '../src/roles.ts'
import { createTemporaryDatabase, databaseUrl } from './temporary-postgres.ts'

const server = databaseUrl
if (server === undefined) {
  console.log('skipped: set DATABASE_URL to a Postgres server to use it as a login of few rights')
  // A file without a test is an error to the runner. `npm test` names the missing server, and fails for it with REQUIRE_SERVERS=1.
  // oxlint-disable-next-line jest/no-disabled-tests -- the lane says what is missing
  test.skip('a login of few rights (DATABASE_URL is not set)', () => undefined)
} else {
  describe('a login that is no superuser and may not create roles', () => {
    test('S-43 is told what to run when the roles are not its own; then everything works, and it sees nothing as itself', async () => {
      const { url, drop } = await createTemporaryDatabase(server)
      const login = `sluice_test_${randomUUID().replaceAll('-', '')}`
      await using admin = await openPostgres({ url: server, poolMax: 1 })
      await using opened = new AsyncDisposableStack()
      // The other tests may not have run yet: the roles are of the server.
      await using first = await openPostgres({ url, poolMax: 1 })
      for (const each of allMigrations) await migrate(first, each)
      await admin.query(`CREATE ROLE ${login} LOGIN PASSWORD 'only-here' NOCREATEROLE`)
      opened.defer(() => admin.query(`DROP ROLE ${login}`).then(() => undefined))
      const { url: theirs, drop: dropTheirs } = await createTemporaryDatabase(server)
      opened.defer(dropTheirs)
      opened.defer(drop)
      const database = new URL(theirs).pathname.slice(1)
      await admin.query(`ALTER DATABASE ${database} OWNER TO ${login}`)
      const asLogin = new URL(theirs)
      asLogin.username = login
      asLogin.password = 'only-here'
      await using plain = await openPostgres({ url: asLogin.href, poolMax: 2 })

      await expect(createPostgresResponseStore(plain)).rejects.toThrow(
        /administrator run, once per server: CREATE ROLE sluice_tenant/,
      )
      await admin.query(`GRANT ${roles.login} TO ${login}`)
      const store = await createPostgresResponseStore(plain)
      const response = newResponse(1)
      await store.keep(response)
      expect(await store.find(response.id, response, 0)).toMatchObject({ input: response.input })
      const asItself = await plain.query('SELECT * FROM agent.responses')
      expect(asItself.rows).toEqual([])
    })
  })
}
