import type { FunctionTool, ResponseFormat } from './canonical-request.ts'

const anyObject = Object.freeze({ type: 'object', additionalProperties: true })

/** A tool whose arguments are the answer, for models without structured output of their own, or without it beside tools (T21). */
export function schemaToolOf(format: ResponseFormat, taken: ReadonlySet<string>): FunctionTool {
  let name = 'json_answer'
  while (taken.has(name)) name += '_'
  const purpose = 'Gives the final answer to the user. Call it once, with the whole answer.'
  const described = format.type === 'json-schema' ? format.description : null
  return {
    type: 'function',
    name,
    description: described === null ? purpose : `${purpose} The answer: ${described}`,
    parameters: format.type === 'json-schema' ? format.schema : anyObject,
    strict: null,
  }
}
