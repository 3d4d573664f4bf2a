import type { ResponseFormat, Tool, ToolChoice } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { decodeJsonSchema, decodeTool } from '@sluice/wire/openai-tools'

/** Nested as in chat, flat as in the Responses API, or the retired `functions`: clients mix them. */
export function decodeTools({ tools, functions }: JsonObject): Tool[] {
  if (Array.isArray(tools))
    return (tools as unknown[]).flatMap((tool) => decodeTool(tool, 'openai-chat'))
  if (!Array.isArray(functions)) return []
  return (functions as unknown[]).flatMap((declared) =>
    decodeTool({ type: 'function', function: declared }, 'openai-chat'),
  )
}

export function encodeTool(tool: Extract<Tool, { type: 'function' }>): JsonObject {
  const { name, description, parameters, strict } = tool
  return {
    type: 'function',
    function: {
      name,
      ...(description === null ? {} : { description }),
      parameters,
      ...(strict === null ? {} : { strict }),
    },
  }
}

export function decodeToolChoice(request: JsonObject): ToolChoice | null {
  const choice = request['tool_choice'] ?? request['function_call']
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice }
  if (!isObject(choice)) return null
  const named = isObject(choice['function']) ? choice['function']['name'] : choice['name']
  return typeof named === 'string' ? { type: 'tool', name: named } : null
}

export function encodeToolChoice(choice: ToolChoice): unknown {
  return choice.type === 'tool'
    ? { type: 'function', function: { name: choice.name } }
    : choice.type
}

export function decodeResponseFormat(value: unknown): ResponseFormat | null {
  if (!isObject(value)) return null
  if (value['type'] === 'json_object') return { type: 'json' }
  const { json_schema: declared } = value
  if (value['type'] !== 'json_schema' || !isObject(declared)) return null
  return decodeJsonSchema(declared)
}

export function encodeResponseFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'json') return { type: 'json_object' }
  const { name, description, schema, strict } = format
  return {
    type: 'json_schema',
    json_schema: {
      name,
      ...(description === null ? {} : { description }),
      schema,
      ...(strict === null ? {} : { strict }),
    },
  }
}
