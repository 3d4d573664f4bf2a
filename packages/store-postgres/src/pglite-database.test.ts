import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from '@jest/globals'
import { openPglite } from './pglite-database.ts'
import { copyOfTemplate } from './testing/temporary-pglite.ts'

async function dataDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await copyOfTemplate()
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

test('keeps what was committed across a clean restart', async () => {
  await using data = await dataDir()
  {
    await using database = await openPglite({ dataDir: data.path })
    await database.query('CREATE TABLE kept AS SELECT 1 AS value')
  }
  await using database = await openPglite({ dataDir: data.path })
  expect((await database.query('SELECT value FROM kept')).rows).toEqual([{ value: 1 }])
}, 60_000)

test('keeps every row that was reported as committed when the process is killed', async () => {
  await using data = await dataDir()
  const child = spawn(
    process.execPath,
    [
      '--conditions=@sluice/source',
      join(import.meta.dirname, 'testing', 'write-until-killed.ts'),
      data.path,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let reported = 0
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    reported = Number(chunk.toString().trim().split('\n').at(-1))
    if (reported >= 200) break
  }
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')

  await using database = await openPglite({ dataDir: data.path })
  const { rows } = await database.query<{ rows: number }>('SELECT count(*) AS rows FROM written')
  expect(rows[0]?.rows).toBeGreaterThanOrEqual(reported)
}, 60_000)

test('replaces what a first start that was killed has left half-made', async () => {
  await using data = await dataDir()
  await rm(join(data.path, 'db'), { recursive: true })
  await mkdir(join(data.path, 'db.creating', 'base'), { recursive: true })
  await writeFile(join(data.path, 'db.creating', 'PG_VERSION'), '18\n')
  await using database = await openPglite({ dataDir: data.path })
  await database.ping()
}, 60_000)

test('answers a statement after its disposal with a retryable error, and can be disposed twice', async () => {
  await using data = await dataDir()
  const database = await openPglite({ dataDir: data.path })
  const running = database.query('SELECT 1')
  await database[Symbol.asyncDispose]()
  await running
  await database[Symbol.asyncDispose]()
  await expect(database.ping()).rejects.toMatchObject({ code: 'dependency_unavailable' })
}, 60_000)
