import type { WireName } from '@sluice/contracts/wire-name'
import type { ResponseFormat, Tool } from './canonical-request.ts'
import { isObject, type JsonObject, stringOrNull } from './json.ts'

/** What OpenAI's two dialects declare alike. */

const emptySchema = Object.freeze({ type: 'object', properties: {} })

/** Nested as in chat, or flat as in the Responses API: clients mix them. A tool of another kind is native to `wire`: no other one has it. */
export function decodeTool(tool: unknown, wire: WireName): Tool[] {
  if (!isObject(tool)) return []
  const declared = isObject(tool['function']) ? tool['function'] : tool
  const { name, description, parameters, strict } = declared
  if (tool['type'] !== 'function' || typeof name !== 'string') {
    return [{ type: 'native', wire, definition: tool }]
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

/** The schema of an answer, wherever in the body it is declared. */
export function decodeJsonSchema({
  name,
  description,
  schema,
  strict,
}: JsonObject): ResponseFormat {
  return {
    type: 'json-schema',
    name: stringOrNull(name) ?? 'answer',
    description: stringOrNull(description),
    schema: isObject(schema) ? schema : emptySchema,
    strict: typeof strict === 'boolean' ? strict : null,
  }
}
