import type { Machine } from './machine.ts'
import type { Measurement } from './measure.ts'
import type { ScenarioName } from './scenarios.ts'
import type { ColdStartRow } from './sections/cold-start.ts'
import type { MemoryRow } from './sections/memory.ts'
import type { RedisCallsRow } from './sections/redis-calls.ts'

/** Everything a run measured: the JSON file. Times in µs and memory in bytes unless a name says otherwise. */
export interface BenchResults {
  readonly startedAt: string
  readonly machine: Machine
  readonly quick: boolean
  readonly rounds: number
  readonly setups: { readonly name: string; readonly title: string }[]
  readonly skipped: { readonly name: string; readonly reason: string }[]
  /** By scenario, then by set-up, one measurement per round. */
  readonly scenarios: Partial<Record<ScenarioName, Record<string, Measurement[]>>>
  readonly memory: MemoryRow[]
  readonly coldStart: ColdStartRow[]
  readonly redisCalls: RedisCallsRow[]
  /** Wrong, missing or refused answers. A run with any is not a result. */
  readonly failures: string[]
}

export function measurements(
  results: BenchResults,
  scenario: ScenarioName,
  setup: string,
): readonly Measurement[] {
  return results.scenarios[scenario]?.[setup] ?? []
}

/** CPU of each round: per request, or per streamed part when there were any. NaN where no process was counted. */
export function cpuPerUnit(
  rounds: readonly Measurement[],
  of: 'pathMicros' | 'allMicros',
): number[] {
  return rounds.map((round) => {
    const units = round.load.parts > 0 ? round.load.parts : round.load.requests
    return Object.keys(round.cpu).length === 0 ? NaN : round[of] / units
  })
}
