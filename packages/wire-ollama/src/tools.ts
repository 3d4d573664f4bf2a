import type { FunctionTool, Tool, ToolCallPart, ToolChoice } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import type { createToolNames } from '@sluice/wire/tool-identity'

export type ToolNames = ReturnType<typeof createToolNames>

const emptySchema = Object.freeze({ type: 'object', properties: {} })

export function decodeTools(tools: unknown): Tool[] {
  return (Array.isArray(tools) ? (tools as unknown[]) : []).flatMap((tool): Tool[] => {
    if (!isObject(tool)) return []
    const declared = isObject(tool['function']) ? tool['function'] : {}
    const { name, description, parameters } = declared
    if (typeof name !== 'string') return [{ type: 'native', wire: 'ollama', definition: tool }]
    return [
      {
        type: 'function',
        name,
        description: stringOrNull(description),
        parameters: isObject(parameters) ? parameters : emptySchema,
        strict: null,
      },
    ]
  })
}

/**
 * Ollama lets the model choose: `none` is obeyed by sending no tools, a named one by sending only that one, and that the model *must* call cannot be
 * said at all.
 */
export function encodeTools(
  tools: readonly Tool[],
  choice: ToolChoice | null,
  names: ToolNames,
  adapted: Set<string>,
): JsonObject[] {
  if (choice?.type === 'none') return []
  const sent: JsonObject[] = []
  for (const tool of tools) {
    if (tool.type === 'native') {
      if (tool.wire === 'ollama') sent.push(tool.definition)
      else adapted.add('tools')
    } else if (choice?.type !== 'tool' || choice.name === tool.name) {
      sent.push(encodeTool(tool, names))
    }
  }
  if (choice && choice.type !== 'auto') adapted.add('tool_choice')
  return sent
}

function encodeTool({ name, description, parameters }: FunctionTool, names: ToolNames): JsonObject {
  const described = description === null ? {} : { description }
  return { type: 'function', function: { name: names.of(name), ...described, parameters } }
}

/** Gives an id to each call: Ollama often has none. */
export function decodeToolCalls(
  calls: unknown,
  idOf: (given: string | null, name: string) => string,
): ToolCallPart[] {
  if (!Array.isArray(calls)) return []
  return (calls as unknown[]).flatMap((call): ToolCallPart[] => {
    const called = isObject(call) ? call['function'] : null
    if (!isObject(call) || !isObject(called)) return []
    const name = stringOrNull(called['name'])
    if (name === null) return []
    const id = idOf(stringOrNull(call['id']), name)
    return [{ type: 'tool-call', id, name, arguments: argumentsText(called['arguments']) }]
  })
}

/** Always a JSON text (T04, T13): `{}` when there are none. */
function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value.trim() === '' ? '{}' : value
  return isObject(value) ? JSON.stringify(value) : '{}'
}

/** Null when the arguments are not an object, which is all that Ollama takes (T13). */
export function encodeToolCall({ id, name, arguments: text }: ToolCallPart): JsonObject | null {
  const value = text.trim() === '' ? {} : parseJson(text)
  return isObject(value) ? { id, function: { name, arguments: value } } : null
}
