import { isObject, type JsonObject } from '@sluice/wire/json'

export interface NewMessages {
  readonly items: readonly JsonObject[]
  /** Where they begin among all messages; 0 = the conversation begins with them. */
  readonly start: number
}

/**
 * The messages after the last answer: what this call adds. An answer that a caller begins for the model stands at the very end, and is no
 * answer yet.
 */
export function newMessages(
  messages: readonly unknown[],
  isAnswer: (message: JsonObject) => boolean,
): NewMessages {
  const answers = (message: unknown) => isObject(message) && isAnswer(message)
  let end = messages.length
  while (end > 0 && answers(messages[end - 1])) end -= 1
  let start = end
  while (start > 0 && !answers(messages[start - 1])) start -= 1
  return { items: messages.slice(start, end).filter((message) => isObject(message)), start }
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}
