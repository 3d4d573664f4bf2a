import type { RunFacts, RunResult } from '../run.ts'

/** What the parent sends: one run at a time. */
export interface Job {
  readonly run: number
  readonly trace: boolean
}

export type Report = Pick<RunResult, 'run' | 'hash' | 'violations' | 'lines'> & {
  /** Null when the run could not be simulated at all. */
  readonly facts: RunFacts | null
}
