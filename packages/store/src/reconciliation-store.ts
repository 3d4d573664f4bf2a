import type { TerminalState } from '@sluice/contracts/generation/log-entry'
import type { Usage } from '@sluice/contracts/usage'
import type { Period } from './usage-reports.ts'

/** What a bill, its event and the end of its log all say. */
export interface BillFacts extends Pick<
  Usage,
  | 'input_tokens'
  | 'output_tokens'
  | 'cached_input_tokens'
  | 'cache_write_tokens'
  | 'reasoning_tokens'
> {
  readonly request_id: string
  readonly state: TerminalState
  readonly amount_nano_usd: number
}

/** The ledger of all tenants as a bookkeeper reads it, and what is remembered of earlier checks. */
export interface ReconciliationStore {
  /** Bills of calls accepted in the period, in order of their ids from beyond `after`. */
  bills(period: Period, after: string | null, limit: number): Promise<readonly BillFacts[]>
  /** Of calls that ended in the period. */
  countEnded(period: Period): Promise<number>
  /** Those that are there. */
  find(requestIds: readonly string[]): Promise<readonly BillFacts[]>
  /** Hours (Unix ms) of the period whose sums are not those of their bills. */
  wrongHours(period: Period): Promise<readonly number[]>
  /** Makes the sums of these hours anew from their bills. */
  mendHours(hours: readonly number[]): Promise<void>
  /**
   * The right to check the day that begins at `day` (Unix ms), for `holdMs`: null when it was checked, or another has it. With where the
   * latest check of an earlier day left off in the event log.
   */
  claim(
    day: number,
    times: { readonly now: number; readonly holdMs: number },
  ): Promise<EventPositions | null>
  finish(day: number, positions: EventPositions): Promise<void>
}

/** Next offset by partition, as decimal text. Empty: from the start. */
export type EventPositions = Readonly<Record<string, string>>
