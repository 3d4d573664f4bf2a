import { type CanonicalRequest, noSampling, type Reasoning } from '@sluice/wire/canonical-request'
import { isEffort } from '@sluice/wire/effort'
import { isObject, type JsonObject, parseJson, stringOrNull } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/parse-body'
import { decodeInput } from './decode-input.ts'
import { decodeResponseFormat, decodeToolChoice, decodeTools } from './tools.ts'

/** Members that mean something in this dialect only, or have a place of their own in the canonical request. */
const known = new Set(
  (
    'model input instructions stream stream_options store background previous_response_id conversation prompt include ' +
    'max_output_tokens temperature top_p top_logprobs tools tool_choice ' +
    'parallel_tool_calls text reasoning metadata user safety_identifier prompt_cache_key ' +
    'service_tier client_metadata moderation access_programs image'
  ).split(' '),
)

/** A body that `parseRequest` has let through. Throws a 400 for what only OpenAI itself could look up. */
export function decodeRequest(body: Buffer): CanonicalRequest {
  const request = parseJson(body.toString())
  if (!isObject(request)) throw refuse('The request body is not valid JSON')
  for (const member of ['conversation', 'prompt']) {
    if (request[member] == null) continue
    throw refuse(`'${member}' is kept by OpenAI and not known to the model behind this name`, [
      member,
    ])
  }
  const { input: _, model, ...asked } = request
  const { metadata, instructions, include, text } = request
  const verbosity = isObject(text) ? stringOrNull(text['verbosity']) : null
  const wantsLogprobs =
    Array.isArray(include) && (include as unknown[]).includes('message.output_text.logprobs')
  const messages = decodeInput(request['input'])
  const system = stringOrNull(instructions)
  if (system !== null)
    messages.unshift({ role: 'system', content: [{ type: 'text', text: system }] })
  return {
    model: stringOrNull(model) ?? '',
    stream: request['stream'] === true,
    messages,
    tools: decodeTools(request),
    toolChoice: decodeToolChoice(request),
    parallelToolCalls: booleanOrNull(request['parallel_tool_calls']),
    sampling: {
      ...noSampling,
      temperature: numberOrNull(request['temperature']),
      topP: numberOrNull(request['top_p']),
    },
    maxTokens: numberOrNull(request['max_output_tokens']),
    stop: [],
    choices: null,
    logprobs: wantsLogprobs ? (numberOrNull(request['top_logprobs']) ?? 0) : null,
    logitBias: null,
    responseFormat: decodeResponseFormat(request),
    reasoning: decodeReasoningWish(request['reasoning']),
    user: stringOrNull(request['user']) ?? stringOrNull(request['safety_identifier']),
    cacheKey: stringOrNull(request['prompt_cache_key']),
    serviceTier: stringOrNull(request['service_tier']),
    metadata: isObject(metadata) ? metadata : null,
    extra: {
      ...Object.fromEntries(Object.entries(request).filter(([name]) => !known.has(name))),
      // The default: no target does otherwise.
      ...(request['truncation'] === 'disabled' ? { truncation: null } : {}),
      ...(verbosity === null ? {} : { verbosity }),
    },
    // But for its model and input: the answer repeats most of it.
    asked,
  }
}

function decodeReasoningWish(value: unknown): Reasoning | null {
  if (!isObject(value)) return null
  const { effort, summary } = value
  const visible = stringOrNull(summary) ?? stringOrNull(value['generate_summary'])
  if (!isEffort(effort) && visible === null) return null
  return {
    effort: isEffort(effort) ? effort : null,
    budgetTokens: null,
    visible: visible === null ? null : true,
  }
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function booleanOrNull(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}

/** The call as its caller wrote it, but for its input; empty when it was another dialect's. */
export function askedOf(request: CanonicalRequest | null): JsonObject {
  return request?.asked ?? {}
}
