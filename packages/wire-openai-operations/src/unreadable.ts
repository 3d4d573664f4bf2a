import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'

/** Of a 200: its JSON object. Throws when it is none, or when it is an error all the same. */
export function readReply(data: Buffer): JsonObject {
  const reply = parseJson(data.toString())
  if (!isObject(reply)) throw unreadable()
  const { error } = reply
  if (error === undefined || error === null || error === false) return reply
  const message = isObject(error) ? stringOrNull(error['message']) : stringOrNull(error)
  throw unreadable(message ?? undefined)
}

export function unreadable(message?: string): GatewayError {
  return new GatewayError(wireErrors.upstream_error, message?.slice(0, 2_000))
}
