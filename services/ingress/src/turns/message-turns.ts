import type { AskedTurn } from '@sluice/contracts/generation/asked-turns'
import { isObject, type JsonObject, textOf } from '@sluice/wire/json'
import { contentOf } from './content.ts'
import { listOf, newMessages } from './new-messages.ts'

const isAnswer = ({ role }: JsonObject): boolean => role === 'assistant'

/** Anthropic's Messages: results of tools stand in a user's message, the system prompt beside them all. */
export function messageTurns({ messages, system }: JsonObject): AskedTurn[] {
  const all = listOf(messages)
  const { items, start } = newMessages(all, isAnswer)
  const turns = items.flatMap((message) => turnsIn(message, all[start - 1]))
  const opening = start === 0 ? contentOf(system) : null
  if (opening && opening.content !== '') turns.unshift({ role: 'system', ...opening })
  return turns
}

function turnsIn({ role, content }: JsonObject, answer: unknown): AskedTurn[] {
  if (role === 'system') return [{ role, ...contentOf(content) }]
  if (!Array.isArray(content)) return [{ role: 'user', ...contentOf(content) }]
  const results: AskedTurn[] = []
  const rest: unknown[] = []
  for (const block of content as unknown[]) {
    if (isObject(block) && block['type'] === 'tool_result') results.push(resultTurn(block, answer))
    else rest.push(block)
  }
  if (rest.length > 0 || results.length === 0) results.push({ role: 'user', ...contentOf(rest) })
  return results
}

function resultTurn({ tool_use_id: called, content }: JsonObject, answer: unknown): AskedTurn {
  const id = textOf(called)
  const use = listOf(isObject(answer) ? answer['content'] : null).find(
    (block) => isObject(block) && block['type'] === 'tool_use' && block['id'] === id,
  )
  const name = isObject(use) ? textOf(use['name']) : ''
  return { role: 'tool', ...contentOf(content), tool_calls: [{ id, name, arguments: '' }] }
}
