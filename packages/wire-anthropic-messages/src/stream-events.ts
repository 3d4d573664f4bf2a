import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Usage } from '@sluice/contracts/usage'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { decodeInlineError, readProviderError } from './decode-error.ts'
import { decodeUsage } from './decode-usage.ts'

/** Ends a stream at some vendors of this dialect, and at Anthropic before 2023-06-01. */
export const endMarker = '[DONE]'

export type StreamEvent =
  | { readonly type: string; readonly value: JsonObject; readonly error: null }
  | { readonly error: GenerationError }

/** What an event is by its data; its `event:` name counts where the data has no type, and `error` always does. */
export function readEvent(data: string, name: string | undefined): StreamEvent {
  const value = parseJson(data)
  const object = isObject(value) ? value : null
  const type = stringOrNull(object?.['type']) ?? name ?? null
  const isError = type === 'error' || name === 'error' || Boolean(object?.['error'])
  if (isError || type === null || !object) {
    const found = readProviderError(value)
    const error = found
      ? decodeInlineError(found, data)
      : generationError(wireErrors.upstream_error)
    return { error }
  }
  return { type, value: object, error: null }
}

export function cutShort(): GenerationError {
  const message = 'The provider closed the stream before the answer was complete'
  return generationError(wireErrors.upstream_error, message)
}

/** Four characters a token. */
const charactersPerToken = 4

/**
 * Of a stream that was cut: the input is exact since its first event, the output that came with it is a placeholder. What was received is
 * estimated (T55), unless the counts of the end had come.
 */
export function usageOfCut(
  reported: JsonObject | null,
  isFinal: boolean,
  outputCharacters: number,
): Usage | null {
  const usage = decodeUsage(reported)
  if (usage === null || isFinal) return usage
  const output = Math.ceil(outputCharacters / charactersPerToken)
  return { ...usage, output_tokens: Math.max(usage.output_tokens, output), estimated: true }
}
