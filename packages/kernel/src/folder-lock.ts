import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import process from 'node:process'

/** Locks this process holds: after a restart in a container the lock of the dead process may name our own pid. */
const held = new Set<string>()

/**
 * Takes a lock file for this process until disposed; one whose owner is gone is taken over. `refused` makes the error when its owner, process
 * `pid`, lives. The folder must be there.
 */
export function takeLock(lock: string, refused: (pid: number) => Error): Disposable {
  // Written first and linked into place, so that nobody ever reads a lock without its owner.
  const mine = `${lock}.${String(process.pid)}`
  writeFileSync(mine, `${String(process.pid)} ${startOf(process.pid)}\n`)
  try {
    for (let tries = 0; tries < 5; tries += 1) {
      try {
        linkSync(mine, lock)
        held.add(lock)
        return { [Symbol.dispose]: () => giveBack(lock) }
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
      }
      dropStale(lock, refused)
    }
    throw new Error(`${lock} comes and goes`)
  } finally {
    rmSync(mine, { force: true })
  }
}

function giveBack(lock: string): void {
  if (held.delete(lock)) rmSync(lock, { force: true })
}

/** Removes the lock of a process that is gone; throws when its owner lives. */
function dropStale(lock: string, refused: (pid: number) => Error): void {
  const owner = readOwner(lock)
  if (owner && isAlive(owner, lock)) throw refused(owner.pid)
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
