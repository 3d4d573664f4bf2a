import type { Traits } from '@sluice/contracts/generation/traits'
import type {
  CanonicalRequest,
  FunctionTool,
  JsonObject as ReadonlyJson,
  ToolChoice,
} from '@sluice/wire/canonical-request'
import { isObject, type JsonObject } from '@sluice/wire/json'

export interface FormatPlan {
  /** Stands for the answer; null = none is needed. */
  readonly tool: FunctionTool | null
  readonly choice: ToolChoice | null
}

const anyObject = Object.freeze({ type: 'object', additionalProperties: true })

/** Whether a tool has to stand for the answer, since the model does not hold to a schema by itself. */
export function needsFormatTool(
  { responseFormat: format }: CanonicalRequest,
  { structuredOutput }: Traits,
): boolean {
  return format !== null && !(format.type === 'json-schema' && structuredOutput === 'native')
}

/**
 * JSON by way of a tool whose arguments are the answer, for models that have no structured output of their own. It stands beside the caller's
 * tools, any of which the model may still call (T21).
 */
export function planFormat(
  request: CanonicalRequest,
  traits: Traits,
  tools: readonly JsonObject[],
  choice: ToolChoice | null,
): FormatPlan {
  const { responseFormat: format } = request
  if (!format || !needsFormatTool(request, traits)) return { tool: null, choice }
  const taken = new Set(tools.map((tool) => tool['name']))
  let name = 'json_answer'
  while (taken.has(name)) name += '_'
  const purpose = 'Gives the final answer to the user. Call it once, with the whole answer.'
  const described = format.type === 'json-schema' ? format.description : null
  const tool: FunctionTool = {
    type: 'function',
    name,
    description: described === null ? purpose : `${purpose} The answer: ${described}`,
    parameters: format.type === 'json-schema' ? format.schema : anyObject,
    strict: null,
  }
  const isCallable = tools.length > 0 && choice?.type !== 'none'
  if (!isCallable) return { tool, choice: { type: 'tool', name } }
  return { tool, choice: choice?.type === 'tool' ? choice : { type: 'required' } }
}

/** Limits on values, which native structured output refuses. */
const valueLimits = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
])
/** Members whose own members are names of the caller, not words of JSON Schema. */
const named = new Set(['properties', '$defs', 'definitions', 'patternProperties'])

/** A schema as native structured output takes it: no limits on values, and objects closed. */
export function encodeSchema(schema: ReadonlyJson): {
  readonly schema: JsonObject
  readonly changed: boolean
} {
  let changed = false
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => visit(item))
    if (!isObject(value)) return value
    const copy: JsonObject = {}
    for (const [key, member] of Object.entries(value)) {
      if (valueLimits.has(key)) changed = true
      else if (key === 'enum' || key === 'const' || key === 'default') copy[key] = member
      else if (named.has(key) && isObject(member)) {
        copy[key] = Object.fromEntries(
          Object.entries(member).map(([name, each]) => [name, visit(each)]),
        )
      } else copy[key] = visit(member)
    }
    if (isObject(copy['properties']) && copy['additionalProperties'] !== false) {
      copy['additionalProperties'] = false
      changed = true
    }
    return copy
  }
  return { schema: visit(schema) as JsonObject, changed }
}
