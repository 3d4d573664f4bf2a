import type { Traits } from '@sluice/contracts/generation/traits'
import type { CanonicalRequest, ResponseFormat, ToolChoice } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { reportUnsaid } from '@sluice/wire/report-unsaid'
import { schemaToolOf } from '@sluice/wire/schema-tool'
import { createToolNames } from '@sluice/wire/tool-identity'
import type { EncodedRequest, ReplyHints, TargetEdits } from '@sluice/wire/wire-format'
import { encodeContents } from './encode-contents.ts'
import { member, objectMember } from './member.ts'
import { encodeThinking } from './thinking.ts'
import { encodeToolChoice, encodeTools, type ToolNames } from './tools.ts'

/** Google's own members, for callers who know what is behind the model (T62). */
const passedOn = ['cachedContent', 'safetySettings', 'labels'] as const
/** Read elsewhere, or without an effect on the answer. */
const silent = new Set<string>([
  ...passedOn,
  'generationConfig',
  'toolConfig',
  'extra_body',
  'stream_options',
])

/** The call in Gemini's words. What has no counterpart is left out and reported. The model's name is in the address. */
export function encodeRequest(request: CanonicalRequest, target: TargetEdits): EncodedRequest {
  const { traits } = target
  const adapted = new Set<string>()
  reportUnsaid(request, silent, adapted)
  const names = createToolNames()
  const wantsSignatures = traits.replaysReasoning !== false
  const refuses = (name: string) => {
    if (traits.refuses?.includes(name) !== true) return false
    adapted.add(name)
    return true
  }
  const { systemInstruction, contents } = encodeContents(request.messages, {
    names,
    wantsSignatures,
    adapted,
  })
  const body: JsonObject = { contents, ...(systemInstruction ? { systemInstruction } : {}) }
  const { tools, schemaTool } = planFormat(request, traits.structuredOutput)
  if (schemaTool !== null) adapted.add('response_format')
  setTools(body, { ...request, ...tools }, names, refuses, adapted)
  const format = schemaTool === null ? request.responseFormat : null
  const config = encodeConfig({ ...request, responseFormat: format }, target, refuses, adapted)
  if (Object.keys(config).length > 0) body['generationConfig'] = config
  const google = googleExtra(request.extra)
  const cachedContent = member(google, 'cachedContent')
  if (cachedContent !== undefined) body['cachedContent'] = cachedContent
  for (const name of passedOn) if (request.extra[name] != null) body[name] = request.extra[name]
  const { restored } = names
  const hints: ReplyHints = {
    ...(restored ? { toolNames: restored } : {}),
    ...(schemaTool === null ? {} : { schemaTool }),
  }
  return {
    body: Buffer.from(JSON.stringify(body)),
    adapted: [...adapted],
    ...(Object.keys(hints).length > 0 ? { hints } : {}),
  }
}

interface FormatPlan {
  /** Instead of the caller's. */
  readonly tools: Pick<CanonicalRequest, 'tools' | 'toolChoice'>
  readonly schemaTool: string | null
}

/** JSON and tools in one call are refused by most models: there a tool stands for the answer (T21), unless the row says that both can be had. */
function planFormat(
  { responseFormat: format, tools, toolChoice }: CanonicalRequest,
  structuredOutput: Traits['structuredOutput'],
): FormatPlan {
  const named = tools.flatMap((tool) => (tool.type === 'function' ? [tool.name] : []))
  const isCallable = named.length > 0 && toolChoice?.type !== 'none'
  const needsTool = structuredOutput === 'tool' || (isCallable && structuredOutput !== 'native')
  if (!format || !needsTool) return { tools: { tools, toolChoice }, schemaTool: null }
  const tool = schemaToolOf(format, new Set(named))
  const demanded: ToolChoice = isCallable ? { type: 'required' } : { type: 'tool', name: tool.name }
  const choice = isCallable && toolChoice?.type === 'tool' ? toolChoice : demanded
  return { tools: { tools: [...tools, tool], toolChoice: choice }, schemaTool: tool.name }
}

/** Where Google's own OpenAI-shaped API takes what only Gemini knows. */
function googleExtra(extra: JsonObject): JsonObject | null {
  return objectMember(extra['extra_body'], 'google')
}

function setTools(
  body: JsonObject,
  { tools, toolChoice, extra }: CanonicalRequest,
  names: ToolNames,
  refuses: (name: string) => boolean,
  adapted: Set<string>,
): void {
  const encoded = encodeTools(tools, names, adapted)
  const config: JsonObject = isObject(extra['toolConfig']) ? { ...extra['toolConfig'] } : {}
  if (encoded.length > 0 && !refuses('tools')) {
    body['tools'] = encoded
    const hasFunctions = tools.some(({ type }) => type === 'function')
    if (toolChoice && hasFunctions && !refuses('tool_choice')) {
      const own = isObject(config['functionCallingConfig']) ? config['functionCallingConfig'] : {}
      config['functionCallingConfig'] = { ...own, ...encodeToolChoice(toolChoice, names) }
    }
  }
  if (Object.keys(config).length > 0) body['toolConfig'] = config
}

function encodeConfig(
  request: CanonicalRequest,
  { maxTokens: cap, traits }: TargetEdits,
  refuses: (name: string) => boolean,
  adapted: Set<string>,
): JsonObject {
  const { sampling, stop, maxTokens: asked, reasoning, extra } = request
  const config: JsonObject = isObject(extra['generationConfig'])
    ? { ...extra['generationConfig'] }
    : {}
  const set = (name: string, wire: string, value: unknown) => {
    if (value != null && !refuses(name)) config[wire] = value
  }
  set('temperature', 'temperature', sampling.temperature)
  set('top_p', 'topP', sampling.topP)
  set('top_k', 'topK', sampling.topK)
  set('presence_penalty', 'presencePenalty', sampling.presencePenalty)
  set('frequency_penalty', 'frequencyPenalty', sampling.frequencyPenalty)
  set('seed', 'seed', sampling.seed)
  set('stop', 'stopSequences', stop.length === 0 ? null : stop)
  if (cap !== null && (asked === null || asked > cap)) adapted.add('max_tokens')
  const limit = Math.min(asked ?? Infinity, cap ?? Infinity)
  if (limit !== Infinity) config['maxOutputTokens'] = limit
  set('n', 'candidateCount', (request.choices ?? 1) > 1 ? request.choices : null)
  if (request.responseFormat && !refuses('response_format')) {
    Object.assign(config, encodeFormat(request.responseFormat))
  }
  const thinking = reasoning && encodeThinking(reasoning, traits.thinking === 'adaptive', adapted)
  set('reasoning_effort', 'thinkingConfig', thinking)
  const own = camelMembers(objectMember(googleExtra(extra), 'thinkingConfig'))
  if (own) config['thinkingConfig'] = own
  return config
}

/** The schema is sent as it is: for answers Gemini takes JSON Schema, references and all. */
function encodeFormat(format: ResponseFormat): JsonObject {
  const responseMimeType = 'application/json'
  return format.type === 'json'
    ? { responseMimeType }
    : { responseMimeType, responseJsonSchema: format.schema }
}

function camelMembers(object: JsonObject | null): JsonObject | null {
  if (!object) return null
  const camel = (name: string) =>
    name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [camel(name), value]))
}
