import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject } from '@sluice/wire/json'
import { type ProviderError, readProviderError } from './decode-error.ts'

export const endMarker = '[DONE]'

/** `event: error` is an error whatever its data; so is anything that names one, and an object that has nothing of a chunk. */
export function errorIn(value: unknown, event: string | undefined): ProviderError | null {
  if (event === 'error') return readProviderError(value) ?? nameless
  if (!isObject(value)) return Array.isArray(value) ? readProviderError(value) : null
  if (value['error']) return readProviderError(value) ?? nameless
  if ('choices' in value || isObject(value['usage'])) return null
  const isChunk = value['object'] === 'chat.completion.chunk'
  return isChunk ? null : (readProviderError(value) ?? nameless)
}

const nameless: ProviderError = {
  message: wireErrors.upstream_error.title,
  type: null,
  param: null,
  code: null,
  status: null,
}

export function cutShort(): GenerationError {
  const message = 'The provider closed the stream before the answer was complete'
  return generationError(wireErrors.upstream_error, message)
}
