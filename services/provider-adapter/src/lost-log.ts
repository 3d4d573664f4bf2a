import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { reportLost } from '@sluice/contracts/rpc/usage'
import { noUsage } from '@sluice/contracts/usage'
import type { Claim, End } from '@sluice/generations'
import { type Clock, sleep } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'
import { providerAdapterErrors } from './errors.ts'

export interface ReportContext {
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
}

const timeoutMs = 5_000
const pauseMs = 1_000
/** Redis has just lost its data, and `usage` may have to find its way back to it. */
const giveUpMs = 60_000

/**
 * Bills a generation whose log is gone: the step that would have written its end and its bill together cannot be taken any more. Never
 * rejects; what cannot be reported is logged whole.
 */
export async function reportLostLog(
  claim: Claim,
  end: End,
  { queue, clock, logger }: ReportContext,
): Promise<void> {
  const record = lostRecord(claim, end)
  const giveUpAt = clock.monotonic() + giveUpMs
  for (;;) {
    try {
      await callRpc(queue, reportLost, record, { timeoutMs })
      return
    } catch (error) {
      if (clock.monotonic() + pauseMs > giveUpAt) {
        logger.error({ problem: messageOf(error), usage: record }, 'a lost log could not be billed')
        return
      }
    }
    await sleep(clock, pauseMs)
  }
}

function lostRecord(claim: Claim, { usage }: End): UsageRecord {
  return {
    ...usage,
    state: 'failed',
    error_code: providerAdapterErrors.log_lost.code,
    calls: [...earlierCalls(claim, usage.finished_at), ...usage.calls],
  }
}

/** Calls of holders before this one. What was known of them is lost with the log, but for their number: a holder begins with the plan's first target. */
function earlierCalls(claim: Claim, now: number): ProviderCallRecord[] {
  const [target] = claim.plan.targets
  if (!target) return []
  const { provider, model } = target
  return Array.from({ length: claim.attempt - 1 }, (_, i) => ({
    ...noUsage,
    estimated: true,
    attempt: i + 1,
    provider,
    model,
    state: 'unconfirmed',
    error_code: null,
    cost_nano_usd: 0,
    started_at: claim.request.acceptedAt,
    finished_at: now,
  }))
}
