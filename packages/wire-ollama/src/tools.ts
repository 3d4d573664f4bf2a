import { hash } from 'node:crypto'
import type { ChatRequest, ChatTool } from './chat-request.ts'
import { isObject } from './json.ts'

export interface OllamaTool {
  readonly type: 'function'
  readonly function: {
    readonly name: string
    readonly description?: string
    readonly parameters: unknown
  }
}

/**
 * Ollama lets the model choose: `none` is obeyed by sending no tools, a named one by sending only that one, and that the model *must* call cannot be
 * said at all.
 */
export function encodeTools(request: ChatRequest, adapted: Set<string>): OllamaTool[] {
  const { tools, tool_choice: choice } = request
  if (choice === 'none') return []
  const functions: OllamaTool[] = []
  for (const tool of tools ?? []) {
    const encoded = encodeTool(tool)
    if (encoded) functions.push(encoded)
    else adapted.add('tools')
  }
  if (choice == null || choice === 'auto') return functions
  adapted.add('tool_choice')
  const named = typeof choice === 'string' ? undefined : choice.function?.name
  return named === undefined ? functions : functions.filter((tool) => tool.function.name === named)
}

/** Nested as in chat, or flat as in the Responses API. Null for tools that a provider would have to run itself. */
function encodeTool(tool: ChatTool): OllamaTool | null {
  const declared = isObject(tool['function']) ? tool['function'] : tool
  const { name, description, parameters } = declared
  if (tool.type !== 'function' || typeof name !== 'string') return null
  return {
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' ? { description } : {}),
      parameters: parameters ?? { type: 'object', properties: {} },
    },
  }
}

export interface ChatToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

/** Ollama's calls with the ids it does not give: made from the generation and the position, so that a replay shows the same ones. */
export function decodeToolCalls(
  calls: unknown,
  requestId: string,
  firstIndex: number,
): ChatToolCall[] {
  if (!Array.isArray(calls)) return []
  const decoded: ChatToolCall[] = []
  for (const call of calls as unknown[]) {
    const called = isObject(call) ? call['function'] : null
    if (!isObject(called) || typeof called['name'] !== 'string') continue
    const id = hash('sha256', `${requestId} ${String(firstIndex + decoded.length)}`, 'hex')
    decoded.push({
      id: `call_${id.slice(0, 24)}`,
      type: 'function',
      function: { name: called['name'], arguments: argumentsText(called['arguments']) },
    })
  }
  return decoded
}

/** Always a JSON text (T04, T13): `{}` when there are none. */
function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value.trim() === '' ? '{}' : value
  return isObject(value) ? JSON.stringify(value) : '{}'
}
