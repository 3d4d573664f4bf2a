import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { errorOfStatus } from '@sluice/wire/error-of-status'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { isObject, parseJson, stringOrNull } from '@sluice/wire/json'
import type { Frame } from './frame-decoder.ts'

/** By the exception's name in lower case; the status decides for any other. */
const statusOfException: Readonly<Record<string, number>> = {
  accessdeniedexception: 403,
  expiredtokenexception: 403,
  incompletesignature: 403,
  invalidsignatureexception: 403,
  unrecognizedclientexception: 403,
  internalserverexception: 500,
  modelerrorexception: 500,
  modelnotreadyexception: 429,
  modelstreamerrorexception: 500,
  modeltimeoutexception: 504,
  resourcenotfoundexception: 404,
  servicequotaexceededexception: 402,
  serviceunavailableexception: 503,
  throttlingexception: 429,
  validationexception: 400,
}

/** The exception is named by a header (`ValidationException:http://…`), in a gateway's own errors by `__type`. */
export function decodeError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): GenerationError {
  const value = parseJson(body.toString())
  const name =
    headers['x-amzn-errortype'] ?? (isObject(value) ? stringOrNull(value['__type']) : null)
  return mapException(name ?? '', status, messageIn(value))
}

/** Null for a frame that is an event. */
export function exceptionIn({ headers, payload }: Frame): GenerationError | null {
  const type = headers.get(':message-type')
  if (type === 'event') return null
  if (type === 'error') {
    return mapException(
      headers.get(':error-code') ?? '',
      500,
      headers.get(':error-message') ?? null,
    )
  }
  const name = headers.get(':exception-type') ?? ''
  return mapException(name, 500, messageIn(parseJson(payload.toString())))
}

function messageIn(value: unknown): string | null {
  if (!isObject(value)) return null
  const message = stringOrNull(value['message']) ?? stringOrNull(value['Message'])
  return message?.slice(0, 2000) ?? null
}

function mapException(name: string, status: number, message: string | null): GenerationError {
  const known = /([A-Za-z]+)(?::|$)/.exec(name.split('#').at(-1) ?? '')?.[1]?.toLowerCase() ?? ''
  // A quota of tokens per day: waiting a little does not help.
  if (known === 'throttlingexception' && /per day/i.test(message ?? '')) {
    return generationError(wireErrors.upstream_quota)
  }
  const told = statusOfException[known]
  const text = message ?? (told === undefined ? null : wireErrors.upstream_error.title)
  const mapped = errorOfStatus(told ?? status, text)
  return mapped.status === 404 ? { ...mapped, param: 'model' } : mapped
}
