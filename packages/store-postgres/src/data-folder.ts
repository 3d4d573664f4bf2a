import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configurationError } from '@sluice/kernel/env'
import { messageOf } from '@sluice/kernel/errors'
import { takeLock } from '@sluice/kernel/folder-lock'

/** Postgres extensions the embedded database is used with. Those a folder was once used with are needed at every later start. */
const extensions: readonly string[] = []

/** True when the folder holds a finished database. */
export function hasDatabase(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION'))
}

/** Takes the data folder for this process until disposed. Every refusal is one sentence of what is wrong and one of what to do. */
export function claimDataFolder(dataDir: string): Disposable {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    using release = new DisposableStack()
    release.use(takeLock(join(dataDir, 'db.lock'), (pid) => inUse(dataDir, pid)))
    checkExtensions(join(dataDir, 'db.json'))
    return release.move()
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM' && code !== 'ENOTDIR')
      throw thrown
    throw configurationError([
      `DATA_DIR: ${dataDir} cannot be written (${messageOf(thrown)}). Give another folder with DATA_DIR, or its owner the right to write.`,
    ])
  }
}

function inUse(dataDir: string, pid: number): Error {
  return configurationError([
    `DATA_DIR: ${dataDir} is in use by process ${String(pid)}, and an embedded database has one owner. Stop that process, or give this one another folder with DATA_DIR.`,
  ])
}

/** The set of extensions is recorded beside the data: the engine does not open a folder without those it was used with. */
function checkExtensions(file: string): void {
  const known = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { extensions: string[] }).extensions
    : []
  const missing = known.filter((name) => !extensions.includes(name))
  if (missing.length > 0) {
    throw configurationError([
      `DATA_DIR: the embedded database was used with the extensions ${missing.join(', ')}, which this version lacks. Start it with the version that has them.`,
    ])
  }
  const temporary = `${file}.new`
  writeFileSync(temporary, `${JSON.stringify({ extensions })}\n`)
  renameSync(temporary, file)
}
