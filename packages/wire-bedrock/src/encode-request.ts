import type { CanonicalRequest } from '@sluice/wire/canonical-request'
import { budgetOf, effortOf } from '@sluice/wire/effort'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import { reportUnsaid } from '@sluice/wire/report-unsaid'
import { createToolCallIds, createToolNames, toolCallIdShapes } from '@sluice/wire/tool-identity'
import type { EncodedRequest, TargetEdits } from '@sluice/wire/wire-format'
import { limitCachePoints } from './cache-points.ts'
import { encodeMessages, type Encoding } from './encode-messages.ts'
import { encodeTools } from './tools.ts'

/** Bedrock's own members, for callers who know what is behind the model. */
const passedOn = [
  'guardrailConfig',
  'performanceConfig',
  'promptVariables',
  'requestMetadata',
] as const
/** Read elsewhere, or without an effect on the answer. */
const silent = new Set<string>([
  ...passedOn,
  'additionalModelRequestFields',
  'stream_options',
  'store',
])

/** Anthropic's own bound. */
const minBudget = 1_024

/** The call in Converse's words. What has no counterpart is left out and reported. The model's name is in the address. */
export function encodeRequest(request: CanonicalRequest, target: TargetEdits): EncodedRequest {
  if ((request.choices ?? 1) > 1) throw refuse('this provider gives one choice per call', ['n'])
  const encoding: Encoding = {
    request,
    target,
    ids: createToolCallIds(toolCallIdShapes.anthropic),
    names: createToolNames(),
    adapted: new Set<string>(),
  }
  const { adapted } = encoding
  reportSampling(request, adapted)
  reportUnsaid(request, silent, adapted)
  const { system, messages } = encodeMessages(encoding)
  const thinking = encodeThinking(encoding)
  const { tools, toolChoice, hints } = encodeTools(encoding, thinking !== null)
  limitCachePoints([tools, system, ...messages.map(({ content }) => content)])
  const inference = encodeInference(encoding, thinking !== null)
  const additional = encodeAdditional(encoding, thinking)
  const body: JsonObject = {
    messages,
    ...(system.length > 0 ? { system } : {}),
    ...(Object.keys(inference).length > 0 ? { inferenceConfig: inference } : {}),
    ...(tools.length > 0 ? { toolConfig: { tools, ...(toolChoice ? { toolChoice } : {}) } } : {}),
    ...(Object.keys(additional).length > 0 ? { additionalModelRequestFields: additional } : {}),
  }
  for (const name of passedOn) if (request.extra[name] != null) body[name] = request.extra[name]
  return {
    body: Buffer.from(JSON.stringify(body)),
    adapted: [...adapted],
    ...(Object.keys(hints).length > 0 ? { hints } : {}),
  }
}

function reportSampling(request: CanonicalRequest, adapted: Set<string>): void {
  const { sampling } = request
  if (sampling.presencePenalty !== null) adapted.add('presence_penalty')
  if (sampling.frequencyPenalty !== null) adapted.add('frequency_penalty')
  if (sampling.seed !== null) adapted.add('seed')
}

function encodeInference(
  { request, target: { maxTokens: cap, traits }, adapted }: Encoding,
  isThinking: boolean,
): JsonObject {
  const { sampling, stop, maxTokens } = request
  const asked = maxTokens ?? traits.defaultMaxTokens ?? null
  const config: JsonObject = {}
  const set = (name: string, wire: string, value: unknown) => {
    if (value === null) return
    // A model that thinks chooses its words by itself.
    const isRefused = traits.refuses?.includes(name) === true || (isThinking && name !== 'stop')
    if (isRefused) adapted.add(name)
    else config[wire] = value
  }
  if (cap !== null && (asked === null || asked > cap)) adapted.add('max_tokens')
  const limit = Math.min(asked ?? Infinity, cap ?? Infinity)
  if (limit !== Infinity) config['maxTokens'] = limit
  set('temperature', 'temperature', sampling.temperature)
  set('top_p', 'topP', sampling.topP)
  set('stop', 'stopSequences', stop.length === 0 ? null : stop)
  return config
}

/** What only Claude takes goes in by the side door, as Anthropic names it. */
function encodeAdditional(
  { request: { sampling, extra }, target: { traits }, adapted }: Encoding,
  thinking: JsonObject | null,
): JsonObject {
  const own = extra['additionalModelRequestFields']
  const fields: JsonObject = isObject(own) ? { ...own } : {}
  if (sampling.topK !== null) {
    const isRefused = traits.refuses?.includes('top_k') === true || thinking !== null
    if (isRefused || traits.thinking === undefined) adapted.add('top_k')
    else fields['top_k'] = sampling.topK
  }
  return { ...fields, ...thinking }
}

/** Null = the model is not asked to think, which only rows that say how it is done allow (T27). */
function encodeThinking({ request, target, adapted }: Encoding): JsonObject | null {
  const { reasoning, maxTokens } = request
  if (!reasoning) return null
  const { thinking: way, refuses, defaultMaxTokens } = target.traits
  const effort = effortOf(reasoning)
  if (effort === 'none') return null
  if (way === undefined || refuses?.includes('reasoning_effort') === true) {
    if (effort !== null) adapted.add('reasoning_effort')
    return null
  }
  if (way === 'adaptive') {
    const word = effort === 'minimal' ? 'low' : effort
    return {
      thinking: { type: 'adaptive' },
      ...(word === null ? {} : { output_config: { effort: word } }),
    }
  }
  const wanted = budgetOf(reasoning)
  if (wanted === null) return null
  const limit = Math.min(maxTokens ?? defaultMaxTokens ?? Infinity, target.maxTokens ?? Infinity)
  const room = limit === Infinity ? wanted : Math.floor(limit * 0.8)
  const budget = Math.max(minBudget, Math.min(wanted, room))
  if (limit === Infinity || budget >= limit) {
    adapted.add('reasoning_effort')
    return null
  }
  return { thinking: { type: 'enabled', budget_tokens: budget } }
}
