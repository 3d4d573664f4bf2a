import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { TerminalState } from '@sluice/contracts/generation/log-entry'
import { noUsage } from '@sluice/contracts/usage'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { generationErrors } from './errors.ts'
import type { End } from './generations.ts'

/** Ends that no worker writes: the back end decides them in `cancel` and `reap`. */
export type VerdictCode =
  | 'generation_cancelled'
  | 'generation_expired'
  | 'upstream_lost'
  | 'poison_request'

const states: Readonly<Record<VerdictCode, TerminalState>> = {
  generation_cancelled: 'cancelled',
  generation_expired: 'expired',
  upstream_lost: 'failed',
  poison_request: 'failed',
}

export interface VerdictFacts {
  readonly request: GenerationRequest
  readonly claims: number
  /** From the head of the last attempt that published something. */
  readonly answeredBy: { readonly provider: string; readonly model: string } | null
  /** Unix ms; null when nothing was published. */
  readonly firstPartAt: number | null
  /** Unix ms. */
  readonly now: number
}

/** Terminal and bill of a generation that ends without its writer: nothing is charged, and the counts are not the provider's. */
export function verdict(code: VerdictCode, facts: VerdictFacts, reason?: string): End {
  const { request, answeredBy, firstPartAt, now } = facts
  const { caller } = request
  const state = states[code]
  const usage = { ...noUsage, estimated: firstPartAt !== null }
  return {
    terminal: {
      state,
      finishReason: null,
      error: toGenerationError(new GatewayError(generationErrors[code], reason)),
      usage,
      amountNanoUsd: 0,
    },
    usage: {
      ...usage,
      request_id: request.id,
      tenant_id: caller.tenantId,
      project_id: caller.projectId,
      key_id: caller.keyId,
      operation: request.operation,
      requested_model: request.model,
      model: answeredBy?.model ?? request.model,
      provider: answeredBy?.provider ?? null,
      attempts: facts.claims,
      state,
      error_code: code,
      amount_nano_usd: 0,
      stream: request.stream,
      accepted_at: request.acceptedAt,
      finished_at: now,
      first_part_ms: firstPartAt === null ? null : Math.max(0, firstPartAt - request.acceptedAt),
    },
  }
}
