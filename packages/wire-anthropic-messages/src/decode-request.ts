import { type CanonicalRequest, noSampling, type Reasoning } from '@sluice/wire/canonical-request'
import { isEffort } from '@sluice/wire/effort'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import { decodeMessages } from './decode-messages.ts'
import { decodeResponseFormat, decodeToolChoice, decodeTools } from './tools.ts'

/** Members that have a place of their own in the canonical request. */
const known = new Set([
  'model',
  'messages',
  'system',
  'stream',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'service_tier',
])

/** A body that `parseRequest` has let through. */
export function decodeRequest(body: Buffer): CanonicalRequest {
  const request = parseJson(body.toString())
  if (!isObject(request)) throw refuse('The request body must be a JSON object')
  const { metadata, stop_sequences: stop, tool_choice: choice } = request
  const single = isObject(choice) ? choice['disable_parallel_tool_use'] : undefined
  return {
    model: stringOrNull(request['model']) ?? '',
    stream: request['stream'] === true,
    messages: decodeMessages(request['system'], request['messages']),
    tools: decodeTools(request['tools']),
    toolChoice: decodeToolChoice(choice),
    parallelToolCalls: typeof single === 'boolean' ? !single : null,
    sampling: {
      ...noSampling,
      temperature: numberOrNull(request['temperature']),
      topP: numberOrNull(request['top_p']),
      topK: numberOrNull(request['top_k']),
    },
    maxTokens: numberOrNull(request['max_tokens']),
    stop: Array.isArray(stop) ? (stop as string[]) : [],
    choices: null,
    logprobs: null,
    logitBias: null,
    responseFormat: decodeResponseFormat(request),
    reasoning: decodeReasoning(request),
    user: isObject(metadata) ? stringOrNull(metadata['user_id']) : null,
    cacheKey: null,
    serviceTier: decodeServiceTier(request['service_tier']),
    metadata: null,
    extra: Object.fromEntries(Object.entries(request).filter(([name]) => !known.has(name))),
  }
}

/** Thinking by a budget, thinking left to the model, none, or (without `thinking`) only how much effort an answer is worth. */
function decodeReasoning({ thinking, output_config: config }: JsonObject): Reasoning | null {
  const asked = isObject(config) ? config['effort'] : undefined
  const effort = isEffort(asked) ? asked : null
  if (!isObject(thinking)) {
    return effort === null ? null : { effort, budgetTokens: null, visible: null }
  }
  if (thinking['type'] === 'disabled') return { effort: 'none', budgetTokens: null, visible: null }
  const { display, budget_tokens: budget } = thinking
  return {
    effort,
    budgetTokens: thinking['type'] === 'enabled' ? numberOrNull(budget) : null,
    visible: typeof display === 'string' ? display !== 'omitted' : null,
  }
}

/** In OpenAI's words, as everywhere in the canonical request. */
function decodeServiceTier(tier: unknown): string | null {
  return tier === 'standard_only' ? 'default' : stringOrNull(tier)
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
