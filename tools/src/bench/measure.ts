import { setTimeout as delay } from 'node:timers/promises'
import type { LoadGenerator } from './load-generator.ts'
import type { Job, LoadResult } from './load/protocol.ts'
import { cpuMicros } from './processes.ts'
import type { Part, RunningSetup } from './setup.ts'

/** Lets work that follows the answers (ledger rows, logs) fall into the window it belongs to. */
const settleMs = 120

/** One measured window of one set-up; without CPU where the scenario does not count it. */
export interface Measurement {
  readonly load: LoadResult
  /** µs in the window, by part of the set-up. */
  readonly cpu: Readonly<Record<string, number>>
  readonly pathMicros: number
  readonly allMicros: number
}

export async function measure(
  generator: LoadGenerator,
  setup: RunningSetup,
  job: Job,
  countsCpu: boolean,
): Promise<Measurement> {
  const warm = await generator.start(job)
  if (!countsCpu) return { load: await warm.go(), cpu: {}, pathMicros: 0, allMicros: 0 }
  await delay(settleMs)
  const parts = setup.parts()
  const before = readParts(parts)
  const load = await warm.go()
  await delay(settleMs)
  const after = readParts(parts)

  const cpu: Record<string, number> = {}
  let pathMicros = 0
  let allMicros = 0
  parts.forEach(({ name, role }, index) => {
    const micros = (after[index] ?? 0) - (before[index] ?? 0)
    cpu[name] = micros
    allMicros += micros
    if (role === 'path') pathMicros += micros
  })
  return { load, cpu, pathMicros, allMicros }
}

function readParts(parts: readonly Part[]): number[] {
  const values = cpuMicros(parts.flatMap(({ pids }) => pids))
  let at = 0
  return parts.map(({ pids }) => {
    const sum = values.slice(at, at + pids.length).reduce((left, right) => left + right, 0)
    at += pids.length
    return sum
  })
}
