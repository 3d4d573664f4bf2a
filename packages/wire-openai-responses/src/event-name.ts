import { isObject, parseJson, stringOrNull } from '@sluice/wire/json'

/** Payloads written here begin with their type; a provider's may have it anywhere. */
const leading = /^\{"type":"([\w.]+)"/

export function eventName(payload: string): string | null {
  const known = leading.exec(payload)?.[1]
  if (known !== undefined) return known
  const event = parseJson(payload)
  return isObject(event) ? stringOrNull(event['type']) : null
}
