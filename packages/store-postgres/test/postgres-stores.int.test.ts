// Needs a Postgres server: DATABASE_URL. Works in databases of its own, which it drops.
import { test } from '@jest/globals'
import { storeSuites } from '../src/testing/store-suites.ts'
import { databaseUrl, openTemporaryPostgres } from './temporary-postgres.ts'

const server = databaseUrl
if (server === undefined) {
  console.log('skipped: set DATABASE_URL to a Postgres server to run the stores on it')
  // A file without a test is an error to the runner. `npm test` names the missing server, and fails for it with REQUIRE_SERVERS=1.
  // oxlint-disable-next-line jest/no-disabled-tests -- the lane says what is missing
  test.skip('stores on Postgres (DATABASE_URL is not set)', () => undefined)
} else storeSuites('Postgres', () => openTemporaryPostgres(server))
