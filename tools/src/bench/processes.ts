import { readdirSync, readFileSync } from 'node:fs'

/** `/proc` counts CPU in ticks of 10 ms on every Linux that Node runs on (USER_HZ is part of the ABI). */
const microsPerTick = 10_000

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly cpuMicros: number
}

function readStat(pid: number): ProcessStat | null {
  let text: string
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1')
  } catch {
    return null // ended between the listing and the reading
  }
  // The name is in parentheses and may hold anything; fields are counted from after it: ppid 2, utime 12 … cstime 15 (from 1).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
  return { pid, parent: Number(fields[1]), cpuMicros: ticks * microsPerTick }
}

function readAll(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== null)
}

/** A process and everything below it (nginx workers, Postgres back ends). */
function tree(all: readonly ProcessStat[], root: number): ProcessStat[] {
  const found = all.filter((stat) => stat.pid === root)
  for (let index = 0; index < found.length; index++)
    for (const stat of all) if (stat.parent === found[index]?.pid) found.push(stat)
  return found
}

/**
 * User and system time, in µs, of each root with its descendants since they began. Children that ended and were waited for are in
 * their parent's count, so the difference of two readings misses nothing.
 */
export function cpuMicros(roots: readonly number[]): number[] {
  const all = readAll()
  return roots.map((root) => tree(all, root).reduce((sum, stat) => sum + stat.cpuMicros, 0))
}

/** Resident memory, bytes, of the roots with their descendants. Pages that processes share count once in each. */
export function residentBytes(roots: readonly number[]): number {
  const all = readAll()
  let sum = 0
  for (const root of roots) {
    for (const { pid } of tree(all, root)) {
      try {
        const status = readFileSync(`/proc/${String(pid)}/status`, 'latin1')
        sum += Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1_024
      } catch {
        continue // ended meanwhile: it holds nothing
      }
    }
  }
  return sum
}
