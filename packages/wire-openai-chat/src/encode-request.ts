import type { CanonicalRequest } from '@sluice/wire/canonical-request'
import { effortOf } from '@sluice/wire/effort'
import type { JsonObject } from '@sluice/wire/json'
import { createToolCallIds, createToolNames, toolCallIdShapes } from '@sluice/wire/tool-identity'
import type { EncodedRequest, TargetEdits } from '@sluice/wire/wire-format'
import { encodeMessages } from './encode-messages.ts'
import { encodeResponseFormat, encodeTool, encodeToolChoice } from './tools.ts'

/** Members of other dialects' bodies that this wire has under the same name. */
const shared = new Set([
  'audio',
  'modalities',
  'prediction',
  'prompt_cache_retention',
  'safety_identifier',
  'store',
  'verbosity',
  'web_search_options',
])

/** The call in OpenAI's words. What the model refuses, and what the wire cannot say, is left out and reported. */
export function encodeRequest(request: CanonicalRequest, target: TargetEdits): EncodedRequest {
  const { traits } = target
  const adapted = new Set<string>()
  const names = createToolNames()
  const ids = createToolCallIds(toolCallIdShapes[traits.toolCallId ?? 'openai'])
  const body: JsonObject = { model: target.upstreamModel }
  const set = (name: string, value: unknown) => {
    if (value === null || value === undefined) return
    if (traits.refuses?.includes(name) === true) adapted.add(name)
    else body[name] = value
  }
  set('messages', encodeMessages(request.messages, { ids, names, traits, adapted }))
  if (target.stream) {
    body['stream'] = true
    if (traits.streamOptions !== false) body['stream_options'] = { include_usage: true }
  }
  setSampling(request, set, adapted)
  setLimit(request.maxTokens, target, set, adapted)
  set('stop', request.stop.length === 0 ? null : request.stop)
  set('n', request.choices)
  if (request.logprobs !== null) {
    set('logprobs', true)
    set('top_logprobs', request.logprobs === 0 ? null : request.logprobs)
  }
  set('logit_bias', request.logitBias)
  setTools(request, set, names, adapted)
  set('response_format', request.responseFormat && encodeResponseFormat(request.responseFormat))
  set('reasoning_effort', request.reasoning && effortOf(request.reasoning))
  set('user', request.user)
  set('prompt_cache_key', request.cacheKey)
  set('service_tier', request.serviceTier)
  // OpenAI takes metadata only of what it is to store (T38).
  if (request.metadata && request.extra['store'] === true) set('metadata', request.metadata)
  else if (request.metadata) adapted.add('metadata')
  for (const [name, value] of Object.entries(request.extra)) {
    if (shared.has(name)) set(name, value)
    else if (value !== null) adapted.add(name)
  }
  const { restored } = names
  return {
    body: Buffer.from(JSON.stringify(body)),
    adapted: [...adapted],
    ...(restored ? { hints: { toolNames: restored } } : {}),
  }
}

type Setter = (name: string, value: unknown) => void

function setSampling({ sampling }: CanonicalRequest, set: Setter, adapted: Set<string>): void {
  set('temperature', sampling.temperature)
  set('top_p', sampling.topP)
  set('presence_penalty', sampling.presencePenalty)
  set('frequency_penalty', sampling.frequencyPenalty)
  set('seed', sampling.seed)
  if (sampling.topK !== null) adapted.add('top_k')
}

function setLimit(
  asked: number | null,
  { maxTokens: cap, traits }: TargetEdits,
  set: Setter,
  adapted: Set<string>,
): void {
  const name = traits.maxTokensName ?? 'max_tokens'
  if (cap !== null && (asked === null || asked > cap)) adapted.add(name)
  set(name, cap === null ? asked : Math.min(asked ?? cap, cap))
}

function setTools(
  { tools, toolChoice, parallelToolCalls }: CanonicalRequest,
  set: Setter,
  names: ReturnType<typeof createToolNames>,
  adapted: Set<string>,
): void {
  const encoded: JsonObject[] = []
  for (const tool of tools) {
    if (tool.type === 'function') encoded.push(encodeTool({ ...tool, name: names.of(tool.name) }))
    else if (tool.wire === 'openai-chat') encoded.push(tool.definition)
    else adapted.add('tools')
  }
  // Both are refused beside no tools.
  if (encoded.length === 0) return
  set('tools', encoded)
  if (toolChoice?.type === 'tool') {
    set('tool_choice', encodeToolChoice({ ...toolChoice, name: names.of(toolChoice.name) }))
  } else if (toolChoice) set('tool_choice', encodeToolChoice(toolChoice))
  set('parallel_tool_calls', parallelToolCalls)
}
