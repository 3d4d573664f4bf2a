import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from '@jest/globals'
import { claimDataFolder } from './data-folder.ts'

async function folder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-folder-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A process that is alive for as long as it is held. */
async function otherProcess(): Promise<AsyncDisposable & { pid: number }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

test('creates the folder, keeps it to itself, and leaves no lock behind', async () => {
  await using parent = await folder()
  const path = join(parent.path, 'deep', 'data')
  {
    using _claim = claimDataFolder(path)
    expect(await readFile(join(path, 'db.lock'), 'utf8')).toContain(String(process.pid))
  }
  expect(await readdir(path)).toEqual(['db.json'])
  using _again = claimDataFolder(path)
})

test('names the process that owns the folder', async () => {
  await using data = await folder()
  await using owner = await otherProcess()
  await writeFile(join(data.path, 'db.lock'), `${String(owner.pid)}\n`)
  expect(() => claimDataFolder(data.path)).toThrow(
    new RegExp(`in use by process ${String(owner.pid)}.*DATA_DIR`),
  )
  expect(await readdir(data.path)).toEqual(['db.lock'])
})

test('is held once inside one process as well', async () => {
  await using data = await folder()
  using _claim = claimDataFolder(data.path)
  expect(() => claimDataFolder(data.path)).toThrow(/in use by process/)
})

test('takes over the lock of a process that is gone', async () => {
  await using data = await folder()
  const gone = await otherProcess()
  await gone[Symbol.asyncDispose]()
  await writeFile(join(data.path, 'db.lock'), `${String(gone.pid)} 1\n`)
  using _claim = claimDataFolder(data.path)
  expect(await readFile(join(data.path, 'db.lock'), 'utf8')).toContain(String(process.pid))
})

test('takes over a lock whose pid now names another process, or this one after a restart', async () => {
  await using data = await folder()
  await using other = await otherProcess()
  for (const pid of [other.pid, process.pid]) {
    await writeFile(join(data.path, 'db.lock'), `${String(pid)} 1\n`)
    using _claim = claimDataFolder(data.path)
  }
})

test('says which extensions are missing when the folder was used with more', async () => {
  await using data = await folder()
  await writeFile(join(data.path, 'db.json'), '{"extensions":["vector"]}')
  expect(() => claimDataFolder(data.path)).toThrow(/extensions vector/)
  expect(await readdir(data.path)).toEqual(['db.json'])
})

test('says what to do when the folder cannot be written', async () => {
  await using data = await folder()
  const file = join(data.path, 'a-file')
  await writeFile(file, '')
  expect(() => claimDataFolder(join(file, 'data'))).toThrow(/DATA_DIR: .* cannot be written/)
})
