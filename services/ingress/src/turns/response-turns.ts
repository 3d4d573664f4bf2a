import type { AskedTurn } from '@sluice/contracts/generation/asked-turns'
import { isObject, type JsonObject, textOf } from '@sluice/wire/json'
import { contentOf } from './content.ts'
import { listOf, newMessages } from './new-messages.ts'

const typeOf = ({ type, role }: JsonObject): unknown =>
  type ?? (role === undefined ? 'item_reference' : 'message')

const isResult = (type: unknown): boolean => typeof type === 'string' && type.endsWith('_output')

/** Also what the model called and thought, and what only names an earlier answer. */
function isAnswer(item: JsonObject): boolean {
  const type = typeOf(item)
  return type === 'message' ? item['role'] === 'assistant' : !isResult(type)
}

/** The Responses API: items in place of messages, or one text; the system prompt beside them. */
export function responseTurns(body: JsonObject): AskedTurn[] {
  const { input, instructions, previous_response_id: previous } = body
  const all = typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input)
  const { items, start } = newMessages(all, isAnswer)
  const turns = items.map((item) => turnOf(item, all, start))
  const begins = start === 0 && previous == null
  if (begins && typeof instructions === 'string' && instructions !== '')
    turns.unshift({ role: 'system', content: instructions })
  return turns
}

function turnOf(item: JsonObject, all: readonly unknown[], start: number): AskedTurn {
  const { role, content, output, call_id: called } = item
  if (isResult(typeOf(item))) {
    const id = textOf(called)
    const said = isObject(output) ? { content: JSON.stringify(output) } : contentOf(output)
    const call = { id, name: nameOfCall(all, start, id), arguments: '' }
    return { role: 'tool', ...said, tool_calls: [call] }
  }
  const isSystem = role === 'system' || role === 'developer'
  return { role: isSystem ? 'system' : 'user', ...contentOf(content) }
}

function nameOfCall(all: readonly unknown[], start: number, id: string): string {
  for (let at = start - 1; at >= 0; at -= 1) {
    const item = all[at]
    if (!isObject(item) || !isAnswer(item)) break
    if (item['call_id'] === id) return textOf(item['name'])
  }
  return ''
}
