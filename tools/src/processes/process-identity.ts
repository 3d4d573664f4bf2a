import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process as a file can name it: the start time tells it from a later process that got the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startedAt: string
}

/** Null when no such process runs (a zombie does not). */
export function identify(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? linuxStartTime(pid) : startTimeFromPs(pid)
  return startedAt === null ? null : { pid, startedAt }
}

export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  return identify(pid)?.startedAt === startedAt
}

/** Field 22 of `/proc/PID/stat`, in clock ticks since boot. The second field is a name in brackets that may hold blanks. */
function linuxStartTime(pid: number): string | null {
  let stat: string
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
  } catch {
    return null // gone
  }
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' ? null : (rest[18] ?? null)
}

function startTimeFromPs(pid: number): string | null {
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() || null
}
