import { randomUUID } from 'node:crypto'
import process from 'node:process'
import type { Database } from '../src/database.ts'
import { openPostgres } from '../src/postgres-database.ts'

// oxlint-disable-next-line no-restricted-properties -- integration tests are given their servers by environment
export const databaseUrl = process.env['DATABASE_URL']

export async function createTemporaryDatabase(
  server: string,
): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `sluice_test_${randomUUID().replaceAll('-', '')}`
  await onServer(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => onServer(server, `DROP DATABASE ${name} WITH (FORCE)`) }
}

/** A database of its own on the server, dropped when it is disposed. */
export async function openTemporaryPostgres(server: string): Promise<Database> {
  const { url, drop } = await createTemporaryDatabase(server)
  const database = await openPostgres({ url, poolMax: 5 })
  const close = database[Symbol.asyncDispose].bind(database)
  return Object.assign(database, {
    async [Symbol.asyncDispose]() {
      await close()
      await drop()
    },
  })
}

async function onServer(url: string, statement: string): Promise<void> {
  await using admin = await openPostgres({ url, poolMax: 1 })
  await admin.query(statement)
}
