import type { AskedTurn } from '@sluice/contracts/generation/asked-turns'
import { isObject, type JsonObject, stringOrNull, textOf } from '@sluice/wire/json'
import { contentOf } from './content.ts'
import { listOf, newMessages } from './new-messages.ts'

const isAnswer = ({ role }: JsonObject): boolean => role === 'assistant'

export function chatTurns({ messages }: JsonObject): AskedTurn[] {
  const all = listOf(messages)
  const { items, start } = newMessages(all, isAnswer)
  return items.map((message): AskedTurn => {
    const { role, content } = message
    if (role === 'tool' || role === 'function') {
      const id = stringOrNull(message['tool_call_id']) ?? textOf(message['name'])
      const name = stringOrNull(message['name']) ?? nameOfCall(all, start, id)
      return { role: 'tool', ...contentOf(content), tool_calls: [{ id, name, arguments: '' }] }
    }
    const isSystem = role === 'system' || role === 'developer'
    return { role: isSystem ? 'system' : 'user', ...contentOf(content) }
  })
}

/** As the answer before these messages called it. */
function nameOfCall(messages: readonly unknown[], start: number, id: string): string {
  const answer = messages[start - 1]
  for (const call of listOf(isObject(answer) ? answer['tool_calls'] : null)) {
    if (isObject(call) && call['id'] === id && isObject(call['function']))
      return textOf(call['function']['name'])
  }
  return ''
}
