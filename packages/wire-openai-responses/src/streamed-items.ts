import { isObject, type JsonObject, stringOrNull, textOf } from '@sluice/wire/json'
import { messageItem, summaryPart, textPart } from './output-items.ts'

interface StreamedItem {
  readonly item: JsonObject
  /** It came whole. */
  done: boolean
  /** Pieces of text by the part they belong to, in order; arguments under one name of their own. */
  readonly parts: Map<unknown, { readonly type: 'text' | 'refusal' | 'summary'; text: string }>
  json: string
}

/**
 * The output items of a stream that broke off: those that were ended, and what had been said of the others. An item of which nothing had been said
 * is not there.
 */
export function streamedItems(events: Iterable<JsonObject>): JsonObject[] {
  const items = new Map<unknown, StreamedItem>()
  for (const event of events) {
    const { type, output_index: place, item, delta } = event
    if (isObject(item)) {
      if (type === 'response.output_item.added' || type === 'response.output_item.done')
        items.set(place, { item, done: type.endsWith('done'), parts: new Map(), json: '' })
      continue
    }
    const open = items.get(place)
    if (open && typeof delta === 'string') add(open, event, delta)
  }
  return [...items.values()].flatMap((streamed) =>
    streamed.done ? [streamed.item] : brokenOff(streamed),
  )
}

const kinds = {
  'response.output_text.delta': 'text',
  'response.refusal.delta': 'refusal',
  'response.reasoning_summary_text.delta': 'summary',
} as const

function add(open: StreamedItem, event: JsonObject, delta: string): void {
  const type = textOf(event['type'])
  if (type === 'response.function_call_arguments.delta') open.json += delta
  if (!Object.hasOwn(kinds, type)) return
  const index = event['content_index'] ?? event['summary_index']
  const part = open.parts.get(index)
  if (part) part.text += delta
  else open.parts.set(index, { type: kinds[type as keyof typeof kinds], text: delta })
}

function brokenOff({ item, parts, json }: StreamedItem): JsonObject[] {
  const said = [...parts.values()]
  switch (item['type']) {
    case 'message': {
      if (said.length === 0) return []
      const content = said.map(({ type, text }) =>
        textPart(type === 'refusal' ? 'refusal' : 'text', text),
      )
      return [{ ...item, ...messageItem(stringOrNull(item['id']) ?? '', 'incomplete', content) }]
    }
    case 'function_call':
      return [{ ...item, arguments: json, status: 'incomplete' }]
    case 'reasoning':
      return said.length === 0
        ? []
        : [{ ...item, summary: said.map(({ text }) => summaryPart(text)) }]
    default:
      return []
  }
}
