import type { ProviderCallSummary } from '@sluice/contracts/generation/generation-summary'
import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { noUsage } from '@sluice/contracts/usage'
import type { CallTarget } from './generations.ts'

/** A provider call that was announced: what is left of it when its worker dies. */
export interface AnnouncedCall extends CallTarget {
  readonly attempt: number
  /** Unix ms. */
  readonly startedAt: number
}

/** The provider may have seen it or not, and what it cost nobody knows: marked as estimated. */
export function unconfirmed(call: AnnouncedCall, now: number): ProviderCallRecord {
  return {
    ...noUsage,
    estimated: true,
    attempt: call.attempt,
    provider: call.provider,
    model: call.model,
    state: 'unconfirmed',
    error_code: null,
    cost_nano_usd: 0,
    started_at: call.startedAt,
    finished_at: now,
  }
}

/** The bill of the last holder knows its own calls only: those of the holders before it are added. */
export function withEarlierCalls(
  usage: UsageRecord,
  earlier: readonly AnnouncedCall[],
): UsageRecord {
  const calls = earlier.map((call) => unconfirmed(call, usage.finished_at))
  return { ...usage, calls: [...calls, ...usage.calls] }
}

export function summaryOfAnnounced(call: AnnouncedCall): ProviderCallSummary {
  const { attempt, provider, model } = call
  return { attempt, provider, model, state: 'running', errorCode: null }
}

export function summaryOfEnded(call: ProviderCallRecord): ProviderCallSummary {
  const { attempt, provider, model, state, error_code: errorCode } = call
  return { attempt, provider, model, state, errorCode }
}
