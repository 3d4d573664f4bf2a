import type { Finish, FinishReason } from '@sluice/wire/canonical-reply'

const reasons: Readonly<Record<string, FinishReason>> = {
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
}

export function decodeFinish(raw: string, called: boolean): Finish {
  const reason = (Object.hasOwn(reasons, raw) ? reasons[raw] : undefined) ?? 'stop'
  return { reason: reason === 'stop' && called ? 'tool_calls' : reason, raw }
}

/** The model broke off: an error, although it looks like an end. */
export function isErrorFinish(raw: string): boolean {
  return raw === 'malformed_model_output' || raw === 'malformed_tool_use'
}
