import type { ResponseFormat, Tool, ToolChoice } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { decodeJsonSchema, decodeTool } from '@sluice/wire/openai-tools'

/**
 * Flat, or nested as in chat: clients mix them. Tools of another kind (web search, namespace, custom) are native: no other wire has them. A
 * choice among some of the tools leaves the others out.
 */
export function decodeTools({ tools, tool_choice: choice }: JsonObject): Tool[] {
  if (!Array.isArray(tools)) return []
  const allowed = isObject(choice) && choice['type'] === 'allowed_tools' ? choice['tools'] : null
  const names = Array.isArray(allowed)
    ? new Set((allowed as unknown[]).map((tool) => (isObject(tool) ? tool['name'] : null)))
    : null
  return (tools as unknown[])
    .flatMap((tool) => decodeTool(tool, 'openai-responses'))
    .filter((tool) => names === null || tool.type !== 'function' || names.has(tool.name))
}

/** OpenAI takes `strict` for true when it is not said, which a schema of another dialect was not written for. */
export function encodeTool(tool: Extract<Tool, { type: 'function' }>): JsonObject {
  const { name, description, parameters, strict } = tool
  return {
    type: 'function',
    name,
    ...(description === null ? {} : { description }),
    parameters,
    strict: strict ?? false,
  }
}

export function decodeToolChoice({ tool_choice: choice }: JsonObject): ToolChoice | null {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice }
  if (!isObject(choice)) return null
  if (choice['type'] === 'allowed_tools') {
    return { type: choice['mode'] === 'required' ? 'required' : 'auto' }
  }
  if (choice['type'] !== 'function') return null
  const named = isObject(choice['function']) ? choice['function']['name'] : choice['name']
  return typeof named === 'string' ? { type: 'tool', name: named } : null
}

export function encodeToolChoice(choice: ToolChoice): unknown {
  return choice.type === 'tool' ? { type: 'function', name: choice.name } : choice.type
}

export function decodeResponseFormat({ text }: JsonObject): ResponseFormat | null {
  const format = isObject(text) ? text['format'] : null
  if (!isObject(format)) return null
  if (format['type'] === 'json_object') return { type: 'json' }
  if (format['type'] !== 'json_schema') return null
  return decodeJsonSchema(format)
}

export function encodeResponseFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'json') return { type: 'json_object' }
  const { name, description, schema, strict } = format
  return {
    type: 'json_schema',
    name,
    ...(description === null ? {} : { description }),
    schema,
    ...(strict === null ? {} : { strict }),
  }
}
