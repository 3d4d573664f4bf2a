import type { Finish, FinishReason } from '@sluice/wire/canonical-reply'

/** What is not here ends an answer like `STOP`; its name is kept. */
const reasons: Readonly<Record<string, FinishReason>> = {
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
  MODEL_ARMOR: 'content_filter',
}

/** Gemini says `STOP` also when it called tools (T06). */
export function decodeFinish(raw: string, called: boolean): Finish {
  const reason = (Object.hasOwn(reasons, raw) ? reasons[raw] : undefined) ?? 'stop'
  return { reason: reason === 'stop' && called ? 'tool_calls' : reason, raw }
}

/** The model broke off: an error, although it looks like an end (T07). */
export function isErrorFinish(raw: string): boolean {
  return raw === 'MALFORMED_FUNCTION_CALL'
}

const own: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  tool_calls: 'STOP',
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
}

export function encodeFinish(reason: FinishReason): string {
  return own[reason]
}
