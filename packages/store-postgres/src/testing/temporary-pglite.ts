import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../database.ts'
import { openPglite } from '../pglite-database.ts'

/** Raised when the embedded engine or the way it creates a database changes. */
const template = join(tmpdir(), 'sluice-test-pglite-0.5.16-1')

/** An empty embedded database that is gone when it is disposed. Creating one takes seconds, so that is done once per machine and copied. */
export async function openTemporaryPglite(): Promise<Database> {
  const dataDir = await copyOfTemplate()
  const database = await openPglite({ dataDir })
  const close = database[Symbol.asyncDispose].bind(database)
  return Object.assign(database, {
    async [Symbol.asyncDispose]() {
      await close()
      await rm(dataDir, { recursive: true, force: true })
    },
  })
}

/** A data folder with an empty database in it. */
export async function copyOfTemplate(): Promise<string> {
  if (!existsSync(template)) await makeTemplate()
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  await cp(template, dataDir, { recursive: true })
  return dataDir
}

async function makeTemplate(): Promise<void> {
  const own = `${template}.${randomUUID()}`
  const database = await openPglite({ dataDir: own })
  await database[Symbol.asyncDispose]()
  try {
    await rename(own, template)
  } catch {
    // Another test made it meanwhile.
    await rm(own, { recursive: true, force: true })
  }
}
