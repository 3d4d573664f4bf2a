import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { EntryHead, TerminalState } from '@sluice/contracts/generation/log-entry'
import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { Price } from '@sluice/contracts/price'
import { noUsage, type Usage } from '@sluice/contracts/usage'
import { amountNanoUsd } from '@sluice/kernel/cost'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { estimateTokens } from '@sluice/kernel/estimate-tokens'
import { billedTo, decidedBy } from './billed-to.ts'
import { generationErrors } from './errors.ts'
import type { End } from './generations.ts'
import { type AnnouncedCall, unconfirmed } from './provider-calls.ts'
import type { Published } from './published.ts'

/** Ends that no worker writes: the back end decides them in `cancel` and `reap`. */
export type VerdictCode =
  | 'generation_cancelled'
  | 'generation_expired'
  | 'upstream_lost'
  | 'poison_request'

/** Why a generation that nobody reads any more is cancelled. */
export const unreadReason = 'client_disconnected'

const states: Readonly<Record<VerdictCode, TerminalState>> = {
  generation_cancelled: 'cancelled',
  generation_expired: 'expired',
  upstream_lost: 'failed',
  poison_request: 'failed',
}

export interface VerdictFacts {
  readonly request: GenerationRequest
  /** Null before it was routed. */
  readonly plan: RoutePlan | null
  readonly bodyBytes: number
  readonly calls: readonly AnnouncedCall[]
  readonly published: Published | null
  /** Unix ms; null when nothing was published. */
  readonly firstPartAt: number | null
  /** Unix ms. */
  readonly now: number
}

/**
 * Terminal and bill of a generation that ends without its writer. What was published is charged, by estimate, since only the writer knew the
 * provider's counts; calls that published nothing are `unconfirmed` and cost nobody anything.
 */
export function verdict(code: VerdictCode, facts: VerdictFacts, reason?: string): End {
  const { request, firstPartAt, now } = facts
  const state = states[code]
  const answering = facts.published?.head ?? null
  const usage = estimate(facts)
  const price = answering && priceOf(answering, facts.plan)
  const amount = answering ? amountNanoUsd(usage, price) : 0
  return {
    terminal: {
      state,
      finishReason: null,
      error: toGenerationError(new GatewayError(generationErrors[code], messageOf(code, reason))),
      usage,
      amountNanoUsd: amount,
    },
    usage: {
      ...usage,
      ...billedTo(request),
      ...decidedBy(facts.plan),
      model: answering?.model ?? request.model,
      provider: answering?.provider ?? null,
      calls: facts.calls.map((call): ProviderCallRecord => {
        const record = unconfirmed(call, now)
        if (call.attempt !== answering?.attempt) return record
        const ended = state === 'cancelled' ? 'cancelled' : 'failed'
        return { ...record, ...usage, state: ended, error_code: code, cost_nano_usd: amount }
      }),
      state,
      error_code: code,
      amount_nano_usd: amount,
      price,
      finished_at: now,
      first_part_ms: firstPartAt === null ? null : Math.max(0, firstPartAt - request.acceptedAt),
    },
  }
}

/** Who cancels says why, for people to read; the one reason of ours is a code. */
function messageOf(code: VerdictCode, reason: string | undefined): string | undefined {
  if (code !== 'generation_cancelled' || reason === undefined) return undefined
  return reason === unreadReason
    ? 'The generation was ended because nobody read it any more'
    : reason
}

function estimate({ published, bodyBytes }: VerdictFacts): Usage {
  if (published === null) return noUsage
  return {
    ...noUsage,
    input_tokens: estimateTokens(bodyBytes),
    output_tokens: estimateTokens(published.outputCharacters),
    estimated: true,
  }
}

function priceOf(answering: EntryHead, plan: RoutePlan | null): Price | null {
  const target = plan?.targets.find(
    ({ provider, model }) => provider === answering.provider && model === answering.model,
  )
  return target?.price ?? null
}
