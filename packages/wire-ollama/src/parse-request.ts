import type { Need } from '@sluice/contracts/generation/generation-request'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { readBody, refuse } from '@sluice/wire/read-body'
import type { CallSummary } from '@sluice/wire/wire-format'

/** Ollama streams unless it is told not to. */
export function parseRequest(body: Buffer): CallSummary {
  const request = readBody(body)
  const { model, messages, stream } = request
  if (typeof model !== 'string' || model === '') throw refuse('model must be a name', ['model'])
  if (!Array.isArray(messages)) throw refuse('messages must be a list', ['messages'])
  for (const [i, message] of (messages as unknown[]).entries()) {
    const path = ['messages', i]
    if (!isObject(message)) throw refuse('a message must be an object', path)
    if (typeof message['role'] !== 'string')
      throw refuse('a message needs a role', [...path, 'role'])
    const { content } = message
    if (content != null && typeof content !== 'string') {
      throw refuse('content must be a string', [...path, 'content'])
    }
  }
  const { num_predict: limit } = isObject(request['options']) ? request['options'] : {}
  return {
    model,
    stream: stream !== false,
    includeUsage: true,
    maxTokens: typeof limit === 'number' && limit > 0 ? limit : null,
    user: null,
    group: null,
    needs: needsOf(request, messages as JsonObject[]),
  }
}

function needsOf({ tools, format, think }: JsonObject, messages: readonly JsonObject[]): Need[] {
  const needs: Need[] = []
  if (Array.isArray(tools) && tools.length > 0) needs.push('tools')
  if (messages.some(({ images }) => Array.isArray(images) && images.length > 0))
    needs.push('images')
  if (isObject(format)) needs.push('json_schema')
  if (think === true || typeof think === 'string') needs.push('reasoning')
  return needs
}
