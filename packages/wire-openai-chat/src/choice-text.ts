import { isObject } from '@sluice/wire/json'

/** Characters of answer text, reasoning and tool arguments in a `message` or a `delta`. */
export function textLength(value: unknown): number {
  if (!isObject(value)) return 0
  const { content, reasoning_content: thoughts, reasoning, refusal, tool_calls: calls } = value
  let characters = 0
  for (const text of [content, thoughts ?? reasoning, refusal]) {
    if (typeof text === 'string') characters += text.length
  }
  if (!Array.isArray(calls)) return characters
  for (const call of calls as unknown[]) {
    if (!isObject(call) || !isObject(call['function'])) continue
    const { name, arguments: text } = call['function']
    if (typeof name === 'string') characters += name.length
    if (typeof text === 'string') characters += text.length
  }
  return characters
}
