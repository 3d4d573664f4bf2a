import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { isObject } from '@sluice/wire/json'
import {
  decodeError as decodeChatError,
  decodeInlineError,
  readProviderError,
} from '@sluice/wire-openai-chat/decode-error'

/** The same bodies as in chat, for every status. */
export function decodeError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): GenerationError {
  const error = decodeChatError(status, headers, body)
  const { verbatim } = error
  return verbatim ? { ...error, verbatim: { ...verbatim, wire: 'openai-responses' } } : error
}

/** An error inside a 200: `error` of a response, or an error event in either of its forms. Null when there is none. */
export function inlineError(value: unknown): GenerationError | null {
  if (!isObject(value)) return null
  const { error } = value
  const isEvent = value['type'] === 'error' && error === undefined
  if (!isEvent && !isObject(error) && typeof error !== 'string') return null
  const { code, message, param } = value
  const found = readProviderError(isEvent ? { error: { code, message, param } } : value)
  return found && decodeInlineError({ ...found, code: words[found.code ?? ''] ?? found.code })
}

/** Codes of this API's own, as the error table of the chat wire knows them. */
const words: Readonly<Record<string, string>> = {
  invalid_prompt: 'invalid_request_error',
}
