import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { configurationError } from '@sluice/kernel/env'
import { messageOf } from '@sluice/kernel/errors'

/** Postgres extensions the embedded database is used with. Those a folder was once used with are needed at every later start. */
const extensions: readonly string[] = []

/** Folders this process owns: after a restart in a container the lock of the dead process may name our own pid. */
const held = new Set<string>()

/** True when the folder holds a finished database. */
export function hasDatabase(folder: string): boolean {
  return existsSync(join(folder, 'PG_VERSION'))
}

/** Takes the data folder for this process until disposed. Every refusal is one sentence of what is wrong and one of what to do. */
export function claimDataFolder(dataDir: string): Disposable {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const lock = join(dataDir, 'db.lock')
    using release = new DisposableStack()
    takeLock(dataDir, lock)
    held.add(lock)
    release.defer(() => {
      held.delete(lock)
      rmSync(lock, { force: true })
    })
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

function takeLock(dataDir: string, lock: string): void {
  // Written first and linked into place, so that nobody ever reads a lock without its owner.
  const mine = `${lock}.${String(process.pid)}`
  writeFileSync(mine, `${String(process.pid)} ${startOf(process.pid)}\n`)
  try {
    for (let tries = 0; tries < 5; tries += 1) {
      try {
        linkSync(mine, lock)
        return
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
      }
      dropStaleLock(dataDir, lock)
    }
    throw new Error(`cannot lock ${dataDir}: its lock file comes and goes`)
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Removes the lock of a process that is gone; throws when its owner lives. */
function dropStaleLock(dataDir: string, lock: string): void {
  const owner = readOwner(lock)
  if (owner && isAlive(owner, lock)) {
    throw configurationError([
      `DATA_DIR: ${dataDir} is in use by process ${String(owner.pid)}, and an embedded database has one owner. Stop that process, or give this one another folder with DATA_DIR.`,
    ])
  }
  const aside = `${lock}.stale.${String(process.pid)}`
  try {
    renameSync(lock, aside)
  } catch {
    return // somebody else removed it first
  }
  // Between reading and moving somebody may have taken over: then it is theirs, and goes back.
  const moved = readOwner(aside)
  if (moved && isAlive(moved, lock) && !existsSync(lock)) linkSync(aside, lock)
  rmSync(aside, { force: true })
}

interface Owner {
  readonly pid: number
  readonly start: string
}

function readOwner(lock: string): Owner | null {
  try {
    const [pid, start] = readFileSync(lock, 'utf8').trim().split(' ')
    return pid === undefined ? null : { pid: Number(pid), start: start ?? '' }
  } catch {
    return null // gone meanwhile
  }
}

function isAlive({ pid, start }: Owner, lock: string): boolean {
  if (pid === process.pid) return held.has(lock)
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // A pid is used again, a pid with its time of start is not.
  const now = startOf(pid)
  return start === '' || now === '' || start === now
}

/** When a process was started, in clock ticks since boot; empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    // The second field is the program's name in brackets and may hold spaces; field 22 is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
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
