import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { TerminalState } from '@sluice/contracts/generation/log-entry'
import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import { noUsage, type Usage } from '@sluice/contracts/usage'
import type { Claim, End } from '@sluice/generations'
import { billedTo, decidedBy } from '@sluice/generations/billed-to'
import { amountNanoUsd } from '@sluice/kernel/cost'
import { estimatedUsage } from '@sluice/wire/estimated-usage'

/** One provider call that ended. */
export interface EndedCall {
  readonly attempt: number
  readonly target: RouteTarget
  readonly state: 'completed' | 'failed' | 'cancelled'
  readonly errorCode: string | null
  /** What the provider reported; null = nothing, or nothing that can be true. */
  readonly usage: Usage | null
  /** The provider began to answer. One that refused costs nothing. */
  readonly answered: boolean
  /** Of what the model read, and of answer received: what an estimate is made from. */
  readonly inputCharacters: number
  readonly outputCharacters: number
  /** Unix ms. */
  readonly startedAt: number
  readonly endedAt: number
}

export interface Outcome {
  readonly state: TerminalState
  readonly finishReason: string | null
  readonly error: GenerationError | null
  /** Whom the answer came from, or whom it was last asked of. */
  readonly target: RouteTarget
  /** The calls of this claim in order; the last one is billed to the customer, if `generated`. */
  readonly calls: readonly ProviderCallRecord[]
  /** The customer got something: a whole answer, or a part of one. */
  readonly generated: boolean
  /** Unix ms. */
  readonly firstPartAt: number | null
  readonly finishedAt: number
}

/** What a call costs us: by the provider's count, by ours where it gave none, nothing where it refused. */
export function callRecord(call: EndedCall): ProviderCallRecord {
  const usage =
    call.usage ??
    (call.answered ? estimatedUsage(call.inputCharacters, call.outputCharacters) : noUsage)
  return {
    input_tokens: usage.input_tokens,
    output_tokens: usage.output_tokens,
    cached_input_tokens: usage.cached_input_tokens,
    cache_write_tokens: usage.cache_write_tokens,
    reasoning_tokens: usage.reasoning_tokens,
    estimated: usage.estimated,
    attempt: call.attempt,
    provider: call.target.provider,
    model: call.target.model,
    state: call.state,
    error_code: call.errorCode,
    cost_nano_usd: call.answered || call.usage ? amountNanoUsd(usage, call.target.price) : 0,
    started_at: call.startedAt,
    finished_at: call.endedAt,
  }
}

/** The terminal entry and the bill of a generation that ended, from one set of numbers. */
export function endOf({ request, plan }: Claim, outcome: Outcome): End {
  const { target, firstPartAt } = outcome
  const billed = outcome.generated ? outcome.calls.at(-1) : undefined
  const usage: Usage = billed
    ? {
        input_tokens: billed.input_tokens,
        output_tokens: billed.output_tokens,
        cached_input_tokens: billed.cached_input_tokens,
        cache_write_tokens: billed.cache_write_tokens,
        reasoning_tokens: billed.reasoning_tokens,
        estimated: billed.estimated,
      }
    : noUsage
  const amount = billed?.cost_nano_usd ?? 0
  return {
    terminal: {
      state: outcome.state,
      finishReason: outcome.finishReason,
      error: outcome.error,
      usage,
      amountNanoUsd: amount,
    },
    usage: {
      ...usage,
      ...billedTo(request),
      ...decidedBy(plan),
      model: target.model,
      provider: target.provider,
      calls: [...outcome.calls],
      state: outcome.state,
      error_code: outcome.error?.code ?? null,
      amount_nano_usd: amount,
      price: billed ? target.price : null,
      finished_at: outcome.finishedAt,
      first_part_ms: firstPartAt === null ? null : Math.max(0, firstPartAt - request.acceptedAt),
    },
  }
}
