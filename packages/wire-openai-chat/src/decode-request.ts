import type { CanonicalRequest, Sampling } from '@sluice/wire/canonical-request'
import { isEffort } from '@sluice/wire/effort'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { decodeMessages } from './decode-messages.ts'
import { refuse } from '@sluice/wire/read-body'
import { decodeResponseFormat, decodeToolChoice, decodeTools } from './tools.ts'

/** Members that have a place of their own in the canonical request. */
const known = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'presence_penalty',
  'frequency_penalty',
  'seed',
  'n',
  'stop',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'response_format',
  'reasoning_effort',
  'user',
  'metadata',
  'prompt_cache_key',
  'service_tier',
])

/** A body that `parseRequest` has let through. Throws a 400 for content that only its own vendor could read. */
export function decodeRequest(body: Buffer): CanonicalRequest {
  const request = parseJson(body.toString())
  if (!isObject(request)) throw refuse('The request body is not valid JSON')
  const { stop, logprobs, metadata } = request
  const effort = request['reasoning_effort']
  return {
    model: stringOrNull(request['model']) ?? '',
    stream: request['stream'] === true,
    messages: decodeMessages(request['messages']),
    tools: decodeTools(request),
    toolChoice: decodeToolChoice(request),
    parallelToolCalls: booleanOrNull(request['parallel_tool_calls']),
    sampling: decodeSampling(request),
    maxTokens: numberOrNull(request['max_completion_tokens'] ?? request['max_tokens']),
    stop: typeof stop === 'string' ? [stop] : Array.isArray(stop) ? (stop as string[]) : [],
    choices: numberOrNull(request['n']),
    logprobs: logprobs === true ? (numberOrNull(request['top_logprobs']) ?? 0) : null,
    logitBias: isObject(request['logit_bias'])
      ? (request['logit_bias'] as Record<string, number>)
      : null,
    responseFormat: decodeResponseFormat(request['response_format']),
    reasoning: isEffort(effort) ? { effort, budgetTokens: null, visible: null } : null,
    user: stringOrNull(request['user']),
    cacheKey: stringOrNull(request['prompt_cache_key']),
    serviceTier: stringOrNull(request['service_tier']),
    metadata: isObject(metadata) ? metadata : null,
    extra: Object.fromEntries(Object.entries(request).filter(([name]) => !known.has(name))),
  }
}

function decodeSampling(request: JsonObject): Sampling {
  return {
    temperature: numberOrNull(request['temperature']),
    topP: numberOrNull(request['top_p']),
    topK: numberOrNull(request['top_k']),
    presencePenalty: numberOrNull(request['presence_penalty']),
    frequencyPenalty: numberOrNull(request['frequency_penalty']),
    seed: numberOrNull(request['seed']),
  }
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function booleanOrNull(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}
