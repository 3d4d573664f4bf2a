import type { Usage } from '@sluice/contracts/usage'
import { isObject, type JsonObject } from '@sluice/wire/json'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { askedOf } from './decode-request.ts'
import { encodeUsage } from './encode-usage.ts'

export type ResponseStatus =
  | 'queued'
  | 'in_progress'
  | 'completed'
  | 'incomplete'
  | 'failed'
  | 'cancelled'

export interface ResponseState {
  readonly status: ResponseStatus
  readonly output: readonly JsonObject[]
  /** Why it is incomplete. */
  readonly reason?: string | null
  readonly usage?: Usage | null
  readonly error?: { readonly code: string; readonly message: string } | null
}

/** The name that the caller knows a response by. */
export function responseId(requestId: string): string {
  return `resp_${requestId}`
}

/**
 * A response with every member that clients read. Most of it repeats the call, with OpenAI's defaults where the call says nothing; `asked` is
 * the call without its input.
 */
export function responseObject(
  named: Pick<ReplyEdits, 'requestId' | 'created' | 'model'>,
  asked: JsonObject,
  state: ResponseState,
): JsonObject {
  const { reason = null, usage = null, error = null } = state
  const text = isObject(asked['text']) ? asked['text'] : {}
  const reasoning = isObject(asked['reasoning']) ? asked['reasoning'] : {}
  return {
    id: responseId(named.requestId),
    object: 'response',
    created_at: named.created,
    status: state.status,
    background: asked['background'] ?? false,
    error,
    incomplete_details: reason === null ? null : { reason },
    instructions: asked['instructions'] ?? null,
    max_output_tokens: asked['max_output_tokens'] ?? null,
    max_tool_calls: asked['max_tool_calls'] ?? null,
    metadata: asked['metadata'] ?? {},
    model: named.model,
    output: state.output,
    parallel_tool_calls: asked['parallel_tool_calls'] ?? true,
    previous_response_id: asked['previous_response_id'] ?? null,
    prompt_cache_key: asked['prompt_cache_key'] ?? null,
    reasoning: { effort: null, summary: null, ...reasoning },
    safety_identifier: asked['safety_identifier'] ?? null,
    service_tier: asked['service_tier'] ?? 'default',
    store: asked['store'] ?? true,
    temperature: asked['temperature'] ?? 1,
    text: { ...text, format: text['format'] ?? { type: 'text' } },
    tool_choice: asked['tool_choice'] ?? 'auto',
    tools: asked['tools'] ?? [],
    top_logprobs: asked['top_logprobs'] ?? 0,
    top_p: asked['top_p'] ?? 1,
    truncation: asked['truncation'] ?? 'disabled',
    usage: usage && encodeUsage(usage),
    user: asked['user'] ?? null,
  }
}

/** The response of one answer in its states. */
export function responseWriter(edits: ReplyEdits): (state: ResponseState) => JsonObject {
  const asked = askedOf(edits.request)
  return (state) => responseObject(edits, asked, state)
}
