import type { CanonicalRequest, Reasoning } from '@sluice/wire/canonical-request'
import { effortOf } from '@sluice/wire/effort'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import { createToolNames } from '@sluice/wire/tool-identity'
import type { EncodedRequest, TargetEdits } from '@sluice/wire/wire-format'
import { encodeMessages } from './encode-messages.ts'
import { encodeTools } from './tools.ts'

/** Ollama's own members, for callers who know what is behind the model (T40). */
const passedOn = ['think', 'keep_alive', 'truncate', 'shift'] as const
/** Of its options, those that callers of other dialects write beside the others. */
const passedOptions = ['num_ctx', 'min_p'] as const
/** Changes nothing about the answer: not worth a mention when it is left out. */
const silent = new Set<string>([
  ...passedOn,
  ...passedOptions,
  'options',
  'store',
  'stream_options',
])

/** The call in Ollama's words. What has no counterpart is left out and reported. */
export function encodeRequest(request: CanonicalRequest, target: TargetEdits): EncodedRequest {
  if ((request.choices ?? 1) > 1) throw refuse('this provider gives one choice per call', ['n'])
  const adapted = new Set<string>()
  reportUnsaid(request, adapted)
  const names = createToolNames()
  const refuses = (name: string) => {
    if (target.traits.refuses?.includes(name) !== true) return false
    adapted.add(name)
    return true
  }
  const body: JsonObject = {
    model: target.upstreamModel,
    messages: encodeMessages(request.messages, { names, adapted }),
    stream: target.stream,
  }
  const tools = encodeTools(request.tools, request.toolChoice, names, adapted)
  if (tools.length > 0 && !refuses('tools')) body['tools'] = tools
  const { responseFormat: format } = request
  if (format && !refuses('response_format')) {
    body['format'] = format.type === 'json' ? 'json' : format.schema
  }
  const options = encodeOptions(request, target, refuses, adapted)
  if (Object.keys(options).length > 0) body['options'] = options
  const think = request.reasoning && encodeThink(request.reasoning)
  if (think !== null && !refuses('reasoning_effort')) body['think'] = think
  for (const name of passedOn) if (request.extra[name] != null) body[name] = request.extra[name]
  const { restored } = names
  return {
    body: Buffer.from(JSON.stringify(body)),
    adapted: [...adapted],
    ...(restored ? { hints: { toolNames: restored } } : {}),
  }
}

function reportUnsaid(request: CanonicalRequest, adapted: Set<string>): void {
  if (request.logprobs !== null) adapted.add('logprobs')
  if (request.logitBias !== null) adapted.add('logit_bias')
  if (request.parallelToolCalls === false) adapted.add('parallel_tool_calls')
  if (request.serviceTier !== null) adapted.add('service_tier')
  for (const [name, value] of Object.entries(request.extra)) {
    if (value != null && !silent.has(name)) adapted.add(name)
  }
}

/** Levels are known to a few models; all others read any of them as yes. */
function encodeThink(reasoning: Reasoning): boolean | string | null {
  const effort = effortOf(reasoning)
  if (effort === null) return reasoning.visible
  if (effort === 'none') return false
  if (effort === 'minimal') return 'low'
  return effort === 'xhigh' || effort === 'max' ? 'high' : effort
}

function encodeOptions(
  { sampling, stop, maxTokens: asked, extra }: CanonicalRequest,
  { maxTokens: cap }: TargetEdits,
  refuses: (name: string) => boolean,
  adapted: Set<string>,
): JsonObject {
  const options: JsonObject = isObject(extra['options']) ? { ...extra['options'] } : {}
  const set = (name: string, value: unknown) => {
    if (value != null && !refuses(name)) options[name] = value
  }
  for (const name of passedOptions) set(name, extra[name])
  set('temperature', sampling.temperature)
  set('top_p', sampling.topP)
  set('top_k', sampling.topK)
  set('presence_penalty', sampling.presencePenalty)
  set('frequency_penalty', sampling.frequencyPenalty)
  set('seed', sampling.seed)
  set('stop', stop.length === 0 ? null : stop)
  if (cap !== null && (asked === null || asked > cap)) adapted.add('max_tokens')
  const wanted = Math.min(asked ?? Infinity, cap ?? Infinity)
  if (wanted !== Infinity) options['num_predict'] = wanted
  return options
}
