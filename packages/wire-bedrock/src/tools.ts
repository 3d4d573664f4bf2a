import type { CanonicalRequest, FunctionTool, ToolChoice } from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import { schemaToolOf } from '@sluice/wire/schema-tool'
import type { ReplyHints } from '@sluice/wire/wire-format'
import { withCachePoint } from './cache-points.ts'
import type { Encoding } from './encode-messages.ts'

export interface EncodedTools {
  readonly tools: JsonObject[]
  readonly toolChoice: JsonObject | null
  readonly hints: ReplyHints
}

const emptySchema = Object.freeze({ type: 'object', properties: {} })

/** `isThinking`: a model that thinks cannot be made to call (T17). */
export function encodeTools(encoding: Encoding, isThinking: boolean): EncodedTools {
  const { request, names, adapted } = encoding
  const tools: JsonObject[] = []
  for (const tool of request.tools) {
    if (tool.type === 'function') tools.push(...encodeTool(tool, names))
    else adapted.add('tools')
  }
  let choice = request.toolChoice
  const isAsked = tools.length > 0
  // What the conversation called must be declared (T15); that none is to be called now cannot be said.
  const mustDeclare = !isAsked || choice?.type === 'none'
  if (mustDeclare) {
    const declared = historyTools(request)
    if (choice?.type === 'none' && declared.length > 0 && isAsked) adapted.add('tool_choice')
    if (!isAsked || declared.length === 0) tools.length = 0
    if (!isAsked) tools.push(...declared.flatMap((tool) => encodeTool(tool, names)))
    choice = null
  }
  const schemaTool = addSchemaTool(encoding, tools)
  if (schemaTool !== null && choice?.type !== 'tool') {
    choice = isAsked ? { type: 'required' } : { type: 'tool', name: schemaTool }
  }
  if (isThinking && choice && choice.type !== 'auto') {
    adapted.add('tool_choice')
    choice = null
  }
  const { restored } = names
  return {
    tools,
    toolChoice: tools.length > 0 && choice ? encodeChoice(choice, names) : null,
    hints: {
      ...(restored ? { toolNames: restored } : {}),
      ...(schemaTool === null ? {} : { schemaTool }),
    },
  }
}

function encodeTool(
  { name, description, parameters, cache }: FunctionTool,
  names: Encoding['names'],
): JsonObject[] {
  const toolSpec = {
    name: names.of(name),
    ...(description === null || description === '' ? {} : { description }),
    inputSchema: { json: parameters },
  }
  return withCachePoint({ toolSpec }, cache)
}

function historyTools({ messages }: CanonicalRequest): FunctionTool[] {
  const called = messages.flatMap((message) =>
    message.role === 'assistant'
      ? message.content.flatMap((part) => (part.type === 'tool-call' ? [part.name] : []))
      : [],
  )
  return [...new Set(called)].map((name) => ({
    type: 'function',
    name,
    description: null,
    parameters: emptySchema,
    strict: null,
  }))
}

/** Structured output stands beside the caller's tools as one more, whose arguments are the answer (T21). */
function addSchemaTool(
  { request: { responseFormat: format, tools: declared }, names, adapted }: Encoding,
  tools: JsonObject[],
): string | null {
  if (!format) return null
  adapted.add('response_format')
  const taken = new Set(
    declared.flatMap((tool) => (tool.type === 'function' ? [names.of(tool.name)] : [])),
  )
  const tool = schemaToolOf(format, taken)
  tools.push(...encodeTool(tool, names))
  return tool.name
}

/** T16. */
function encodeChoice(choice: ToolChoice, names: Encoding['names']): JsonObject {
  if (choice.type === 'tool') return { tool: { name: names.of(choice.name) } }
  return choice.type === 'required' ? { any: {} } : { auto: {} }
}
