import { isObject, parseJson, stringOrNull } from '@sluice/wire/json'

const head = '{"type":"'

/** The type of an event is its name. It stands first in what Anthropic and this package write. */
export function eventName(payload: string): string | null {
  if (payload.startsWith(head)) {
    const end = payload.indexOf('"', head.length)
    if (end !== -1) return payload.slice(head.length, end)
  }
  const value = parseJson(payload)
  return isObject(value) ? stringOrNull(value['type']) : null
}
