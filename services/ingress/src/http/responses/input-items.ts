import type { RequestId } from '@sluice/contracts/ids'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/parse-body'

const maxLimit = 100

/** One page in OpenAI's form: the newest first unless `order=asc`, at most `limit`, beyond `after`. */
export function inputItems(
  id: RequestId,
  input: readonly unknown[],
  query: URLSearchParams,
): JsonObject {
  const limit = readLimit(query.get('limit'))
  const named = input.filter((item) => isObject(item)).map((item, i) => withId(item, id, i))
  const ordered = query.get('order') === 'asc' ? named : named.toReversed()
  const after = query.get('after')
  const begin = after === null ? 0 : placeAfter(ordered, after)
  const data = ordered.slice(begin, begin + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: begin + limit < ordered.length,
  }
}

function readLimit(text: string | null): number {
  const limit = Number(text ?? 20)
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return limit
  throw refuse(`'limit' must be between 1 and ${String(maxLimit)}`, ['limit'])
}

function placeAfter(items: readonly JsonObject[], id: string): number {
  const place = items.findIndex((item) => item['id'] === id)
  if (place === -1) throw refuse(`Item with id '${id}' not found.`, ['after'])
  return place + 1
}

/** Items of callers have no id of their own; by its place each has one that stays. */
function withId(item: JsonObject, id: RequestId, place: number): JsonObject {
  const type = item['type'] ?? 'message'
  const own = typeof item['id'] === 'string' ? item['id'] : `item_gw_${id}_${String(place)}`
  const { content } = item
  const isText = type === 'message' && typeof content === 'string'
  const parts = isText ? { content: [{ type: 'input_text', text: content }] } : {}
  return { ...item, type, id: own, ...parts }
}
