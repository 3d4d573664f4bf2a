import type { CanonicalRequest, Message } from '@sluice/wire/canonical-request'
import { effortOf } from '@sluice/wire/effort'
import type { JsonObject } from '@sluice/wire/json'
import { createToolCallIds, createToolNames, toolCallIdShapes } from '@sluice/wire/tool-identity'
import type { EncodedRequest, TargetEdits } from '@sluice/wire/wire-format'
import { encodeInput } from './encode-input.ts'
import { encodeResponseFormat, encodeTool, encodeToolChoice } from './tools.ts'

/** Sets a member, unless the model refuses it: `name` is the parameter as OpenAI chat calls it. */
type Setter = (name: string, member: string, value: unknown) => void

/**
 * The call in the words of the Responses API. Nothing of it is kept by the provider (`store: false`): the caller's dialect could not refer to
 * it. So thoughts come back encrypted where the caller asked for any, and return with the next turn.
 */
export function encodeRequest(request: CanonicalRequest, target: TargetEdits): EncodedRequest {
  const { traits } = target
  const adapted = new Set<string>()
  const names = createToolNames()
  const ids = createToolCallIds(toolCallIdShapes[traits.toolCallId ?? 'responses'])
  const body: JsonObject = { model: target.upstreamModel }
  const set: Setter = (name, member, value) => {
    if (value === null || value === undefined) return
    if (traits.refuses?.includes(name) === true) adapted.add(name)
    else body[member] = value
  }
  const { instructions, rest } = splitInstructions(request.messages)
  if (instructions !== null) body['instructions'] = instructions
  body['input'] = encodeInput(rest, { ids, names })
  if (target.stream) body['stream'] = true
  setLimit(request.maxTokens, target, body, adapted)
  set('temperature', 'temperature', request.sampling.temperature)
  set('top_p', 'top_p', request.sampling.topP)
  setTools(request, set, names, adapted)
  set('text', 'text', textOf(request, traits.refuses, adapted))
  setReasoning(request, set)
  set('user', 'user', request.user)
  set('prompt_cache_key', 'prompt_cache_key', request.cacheKey)
  set('service_tier', 'service_tier', request.serviceTier)
  for (const name of ['prompt_cache_retention', 'safety_identifier'])
    set(name, name, request.extra[name])
  const isKept = request.extra['store'] === true
  body['store'] = isKept
  // Metadata is of what is kept (T38).
  if (request.metadata && isKept) set('metadata', 'metadata', request.metadata)
  else if (request.metadata) adapted.add('metadata')
  setIncluded(request, body)
  reportUnsaid(request, adapted)
  const { restored } = names
  return {
    body: Buffer.from(JSON.stringify(body)),
    adapted: [...adapted],
    ...(restored ? { hints: { toolNames: restored } } : {}),
  }
}

/** A first system message of plain text is the instructions; the others keep their place (T31). */
function splitInstructions(messages: readonly Message[]): {
  instructions: string | null
  rest: readonly Message[]
} {
  const [first, ...rest] = messages
  const [only, ...more] = first?.role === 'system' ? first.content : []
  if (!only || only.text === '' || more.length > 0 || only.cache !== undefined) {
    return { instructions: null, rest: messages }
  }
  return { instructions: only.text, rest }
}

function setLimit(
  asked: number | null,
  { maxTokens: cap }: TargetEdits,
  body: JsonObject,
  adapted: Set<string>,
): void {
  if (cap !== null && (asked === null || asked > cap)) adapted.add('max_tokens')
  const limit = cap === null ? asked : Math.min(asked ?? cap, cap)
  if (limit !== null) body['max_output_tokens'] = limit
}

function setTools(
  { tools, toolChoice, parallelToolCalls }: CanonicalRequest,
  set: Setter,
  names: ReturnType<typeof createToolNames>,
  adapted: Set<string>,
): void {
  const encoded: unknown[] = []
  for (const tool of tools) {
    if (tool.type === 'function') encoded.push(encodeTool({ ...tool, name: names.of(tool.name) }))
    else if (tool.wire === 'openai-responses') encoded.push(tool.definition)
    else adapted.add('tools')
  }
  if (encoded.length === 0) return
  set('tools', 'tools', encoded)
  const choice =
    toolChoice?.type === 'tool' ? { ...toolChoice, name: names.of(toolChoice.name) } : toolChoice
  set('tool_choice', 'tool_choice', choice && encodeToolChoice(choice))
  set('parallel_tool_calls', 'parallel_tool_calls', parallelToolCalls)
}

function textOf(
  { responseFormat, extra }: CanonicalRequest,
  refuses: readonly string[] = [],
  adapted: Set<string>,
): JsonObject | null {
  const text: JsonObject = {}
  const set = (name: string, member: string, value: unknown) => {
    if (refuses.includes(name)) adapted.add(name)
    else text[member] = value
  }
  if (responseFormat) set('response_format', 'format', encodeResponseFormat(responseFormat))
  if (typeof extra['verbosity'] === 'string') set('verbosity', 'verbosity', extra['verbosity'])
  return Object.keys(text).length === 0 ? null : text
}

function setReasoning({ reasoning }: CanonicalRequest, set: Setter): void {
  if (!reasoning) return
  const effort = effortOf(reasoning)
  const wish = {
    ...(effort === null ? {} : { effort }),
    ...(reasoning.visible === true ? { summary: 'auto' } : {}),
  }
  if (Object.keys(wish).length > 0) set('reasoning_effort', 'reasoning', wish)
}

function setIncluded({ logprobs }: CanonicalRequest, body: JsonObject): void {
  const include: string[] = []
  if (body['reasoning'] !== undefined && body['store'] === false) {
    include.push('reasoning.encrypted_content')
  }
  if (logprobs !== null) {
    include.push('message.output_text.logprobs')
    if (logprobs > 0) body['top_logprobs'] = logprobs
  }
  if (include.length > 0) body['include'] = include
}

/** What this wire has no word for (T37). */
const heard = new Set(['prompt_cache_retention', 'safety_identifier', 'store', 'verbosity'])

function reportUnsaid(
  { sampling, stop, choices, logitBias, extra }: CanonicalRequest,
  adapted: Set<string>,
): void {
  const unsaid: readonly (readonly [string, boolean])[] = [
    ['top_k', sampling.topK !== null],
    ['presence_penalty', sampling.presencePenalty !== null],
    ['frequency_penalty', sampling.frequencyPenalty !== null],
    ['seed', sampling.seed !== null],
    ['stop', stop.length > 0],
    ['n', choices !== null && choices > 1],
    ['logit_bias', logitBias !== null],
  ]
  for (const [name, said] of unsaid) if (said) adapted.add(name)
  for (const [name, value] of Object.entries(extra)) {
    if (value !== null && !heard.has(name)) adapted.add(name)
  }
}
