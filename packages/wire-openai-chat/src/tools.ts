import type { ResponseFormat, Tool, ToolChoice } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'

const emptySchema = Object.freeze({ type: 'object', properties: {} })

/** Nested as in chat, flat as in the Responses API, or the retired `functions`: clients mix them. */
export function decodeTools({ tools, functions }: JsonObject): Tool[] {
  if (Array.isArray(tools)) return (tools as unknown[]).flatMap((tool) => decodeTool(tool))
  if (!Array.isArray(functions)) return []
  return (functions as unknown[]).flatMap((declared) =>
    decodeTool({ type: 'function', function: declared }),
  )
}

function decodeTool(tool: unknown): Tool[] {
  if (!isObject(tool)) return []
  const declared = isObject(tool['function']) ? tool['function'] : tool
  const { name, description, parameters, strict } = declared
  if (tool['type'] !== 'function' || typeof name !== 'string') {
    return [{ type: 'native', wire: 'openai-chat', definition: tool }]
  }
  return [
    {
      type: 'function',
      name,
      description: stringOrNull(description),
      parameters: isObject(parameters) ? parameters : emptySchema,
      strict: typeof strict === 'boolean' ? strict : null,
    },
  ]
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
  const { name, description, schema, strict } = declared
  return {
    type: 'json-schema',
    name: stringOrNull(name) ?? 'answer',
    description: stringOrNull(description),
    schema: isObject(schema) ? schema : emptySchema,
    strict: typeof strict === 'boolean' ? strict : null,
  }
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
