import type {
  CacheBreakpoint,
  FunctionTool,
  ResponseFormat,
  Tool,
  ToolChoice,
} from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'

export const emptySchema = Object.freeze({ type: 'object', properties: {} })

/** Tools that the caller runs are functions; those of the provider, or of a type whose schema only it knows, stay as they are (T22). */
export function decodeTools(tools: unknown): Tool[] {
  if (!Array.isArray(tools)) return []
  return (tools as unknown[]).flatMap((tool): Tool[] => {
    if (!isObject(tool)) return []
    const { type, name, description, input_schema: schema, strict } = tool
    if ((type != null && type !== 'custom') || typeof name !== 'string') {
      return [{ type: 'native', wire: 'anthropic-messages', definition: tool }]
    }
    return [
      {
        type: 'function',
        name,
        description: stringOrNull(description),
        parameters: isObject(schema) ? schema : emptySchema,
        strict: typeof strict === 'boolean' ? strict : null,
        ...decodeCache(tool),
      },
    ]
  })
}

export function encodeTool({
  name,
  description,
  parameters,
  strict,
  cache,
}: FunctionTool): JsonObject {
  return {
    name,
    ...(description === null ? {} : { description }),
    // Demanded here, and left out by callers whose tool takes nothing.
    input_schema: parameters['type'] === 'object' ? parameters : { ...parameters, type: 'object' },
    ...(strict === null ? {} : { strict }),
    ...encodeCache(cache),
  }
}

export function decodeToolChoice(choice: unknown): ToolChoice | null {
  if (!isObject(choice)) return null
  const { type, name } = choice
  if (type === 'auto' || type === 'none') return { type }
  if (type === 'any') return { type: 'required' }
  return type === 'tool' && typeof name === 'string' ? { type, name } : null
}

/** Every choice but `none` can be held to one call (T16). */
export function encodeToolChoice(choice: ToolChoice, parallel: boolean | null): JsonObject {
  if (choice.type === 'none') return { type: 'none' }
  return {
    type: choice.type === 'required' ? 'any' : choice.type,
    ...(choice.type === 'tool' ? { name: choice.name } : {}),
    ...(parallel === null ? {} : { disable_parallel_tool_use: !parallel }),
  }
}

/** `output_config.format`; `output_format` is its name of the beta. */
export function decodeResponseFormat({
  output_config: config,
  output_format: beta,
}: JsonObject): ResponseFormat | null {
  const format = isObject(config) && config['format'] != null ? config['format'] : beta
  if (!isObject(format) || !isObject(format['schema'])) return null
  const { schema } = format
  return { type: 'json-schema', name: 'answer', description: null, schema, strict: true }
}

export function decodeCache({ cache_control: control }: JsonObject): { cache?: CacheBreakpoint } {
  if (!isObject(control)) return {}
  return { cache: control['ttl'] === '1h' ? '1h' : '5m' }
}

export function encodeCache(cache: CacheBreakpoint | undefined): JsonObject {
  if (cache === undefined) return {}
  const ttl = cache === '1h' ? { ttl: '1h' } : {}
  return { cache_control: { type: 'ephemeral', ...ttl } }
}
