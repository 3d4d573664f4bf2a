import type { FunctionTool, Tool, ToolChoice } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import type { createToolNames } from '@sluice/wire/tool-identity'
import { cleanParameters, SchemaWork } from './clean-schema.ts'
import { listMember, member, objectMember } from './member.ts'

export type ToolNames = ReturnType<typeof createToolNames>

const emptySchema = Object.freeze({ type: 'object', properties: {} })

export function encodeTools(
  tools: readonly Tool[],
  names: ToolNames,
  adapted: Set<string>,
): JsonObject[] {
  const functions: JsonObject[] = []
  const native: JsonObject[] = []
  const work = new SchemaWork()
  for (const tool of tools) {
    if (tool.type === 'function') functions.push(encodeFunction(tool, names, work))
    else if (tool.wire === 'gemini') native.push(tool.definition)
    else adapted.add('tools')
  }
  return functions.length > 0 ? [{ functionDeclarations: functions }, ...native] : native
}

function encodeFunction(
  { name, description, parameters }: FunctionTool,
  names: ToolNames,
  work: SchemaWork,
): JsonObject {
  const cleaned = cleanParameters(parameters, work)
  return {
    name: names.of(name),
    ...(description === null ? {} : { description }),
    ...(cleaned ? { parameters: cleaned } : {}),
  }
}

/** T16. */
export function encodeToolChoice(choice: ToolChoice, names: ToolNames): JsonObject {
  switch (choice.type) {
    case 'auto':
      return { mode: 'AUTO' }
    case 'none':
      return { mode: 'NONE' }
    case 'required':
      return { mode: 'ANY' }
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [names.of(choice.name)] }
  }
}

export function decodeTools(request: JsonObject): Tool[] {
  return listMember(request, 'tools').flatMap((tool): Tool[] => {
    if (!isObject(tool)) return []
    const declared = member(tool, 'functionDeclarations')
    if (!Array.isArray(declared)) return [{ type: 'native', wire: 'gemini', definition: tool }]
    return (declared as unknown[]).flatMap((each): Tool[] => {
      const name = stringOrNull(member(each, 'name'))
      if (name === null) return []
      const parameters =
        objectMember(each, 'parameters') ?? objectMember(each, 'parametersJsonSchema')
      return [
        {
          type: 'function',
          name,
          description: stringOrNull(member(each, 'description')),
          parameters: parameters ? lowerTypes(parameters) : emptySchema,
          strict: null,
        },
      ]
    })
  })
}

/** Google writes types in capitals (`OBJECT`), JSON Schema does not. */
function lowerTypes(value: unknown): JsonObject {
  return lowered(value) as JsonObject
}

function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return (value as unknown[]).map((each) => lowered(each))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const isType = name === 'type' && typeof each === 'string' && /^[A-Z]+$/.test(each)
      return [name, isType ? each.toLowerCase() : lowered(each)]
    }),
  )
}

export function decodeToolChoice(request: JsonObject): ToolChoice | null {
  const config = objectMember(objectMember(request, 'toolConfig'), 'functionCallingConfig')
  const [name, ...others] = listMember(config, 'allowedFunctionNames')
  switch (String(member(config, 'mode')).toUpperCase()) {
    case 'AUTO':
    case 'VALIDATED':
      return { type: 'auto' }
    case 'NONE':
      return { type: 'none' }
    case 'ANY':
      return typeof name === 'string' && others.length === 0
        ? { type: 'tool', name }
        : { type: 'required' }
    default:
      return null
  }
}
