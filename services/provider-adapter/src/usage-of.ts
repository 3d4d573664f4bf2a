import { amountNanoUsd } from '@sluice/kernel/cost'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { TerminalState } from '@sluice/contracts/generation/log-entry'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import { noUsage, type Usage } from '@sluice/contracts/usage'
import type { Claim, End } from '@sluice/generations'
import { estimateTokens } from '@sluice/kernel/estimate-tokens'

export interface Outcome {
  readonly state: TerminalState
  readonly finishReason: string | null
  readonly error: GenerationError | null
  /** What the provider reported; null = nothing. */
  readonly usage: Usage | null
  /** Characters of answer received: what an estimate is made from. */
  readonly outputCharacters: number
  /** False when no provider was called, or it refused before generating: such a generation costs nothing. */
  readonly generated: boolean
  /** Provider calls made. */
  readonly calls: number
  /** Unix ms. */
  readonly firstPartAt: number | null
  readonly finishedAt: number
}

/** The terminal entry and the bill of a generation that ended, from one set of numbers. */
export function endOf(claim: Claim, attempt: RouteTarget, outcome: Outcome): End {
  const { request } = claim
  const usage =
    outcome.usage ?? (outcome.generated ? estimate(claim, outcome.outputCharacters) : noUsage)
  const amount = outcome.generated ? amountNanoUsd(usage, attempt.price) : 0
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
      request_id: request.id,
      tenant_id: request.caller.tenantId,
      project_id: request.caller.projectId,
      key_id: request.caller.keyId,
      operation: request.operation,
      requested_model: request.model,
      model: attempt.model,
      provider: attempt.provider,
      calls:
        outcome.calls === 0
          ? []
          : [
              {
                ...usage,
                attempt: claim.attempt,
                provider: attempt.provider,
                model: attempt.model,
                state: outcome.state === 'expired' ? 'failed' : outcome.state,
                error_code: outcome.error?.code ?? null,
                cost_nano_usd: amount,
                started_at: request.acceptedAt,
                finished_at: outcome.finishedAt,
              },
            ],
      state: outcome.state,
      error_code: outcome.error?.code ?? null,
      amount_nano_usd: amount,
      stream: request.stream,
      accepted_at: request.acceptedAt,
      finished_at: outcome.finishedAt,
      first_part_ms:
        outcome.firstPartAt === null ? null : Math.max(0, outcome.firstPartAt - request.acceptedAt),
    },
  }
}

function estimate(claim: Claim, outputCharacters: number): Usage {
  return {
    ...noUsage,
    input_tokens: estimateTokens(claim.body.length),
    output_tokens: estimateTokens(outputCharacters),
    estimated: true,
  }
}
