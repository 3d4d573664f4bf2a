import { createCallMatcher } from '@sluice/wire/call-matcher'
import type {
  AssistantPart,
  CanonicalRequest,
  ContentPart,
  Message,
  Reasoning,
  ResponseFormat,
  Sampling,
} from '@sluice/wire/canonical-request'
import { isEffort } from '@sluice/wire/effort'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import { readBody } from '@sluice/wire/read-body'
import { imageType } from './image-type.ts'
import { decodeTools, decodeToolCalls } from './tools.ts'

const known = new Set(['model', 'messages', 'stream', 'tools', 'format', 'options', 'think'])
/** Of `options`, what has a place of its own in the canonical request. */
const knownOptions = new Set([
  'temperature',
  'top_p',
  'top_k',
  'presence_penalty',
  'frequency_penalty',
  'seed',
  'num_predict',
  'stop',
])

export function decodeRequest(body: Buffer): CanonicalRequest {
  const request = readBody(body)
  const options = isObject(request['options']) ? request['options'] : {}
  const { num_predict: limit, stop } = options
  return {
    model: stringOrNull(request['model']) ?? '',
    stream: request['stream'] !== false,
    messages: decodeMessages(request['messages']),
    tools: decodeTools(request['tools']),
    toolChoice: null,
    parallelToolCalls: null,
    sampling: decodeSampling(options),
    maxTokens: typeof limit === 'number' && limit > 0 ? limit : null,
    stop: typeof stop === 'string' ? [stop] : Array.isArray(stop) ? stop.map(String) : [],
    choices: null,
    logprobs: null,
    logitBias: null,
    responseFormat: decodeFormat(request['format']),
    reasoning: decodeThink(request['think']),
    user: null,
    cacheKey: null,
    serviceTier: null,
    metadata: null,
    extra: decodeExtra(request, options),
  }
}

function decodeSampling(options: JsonObject): Sampling {
  return {
    temperature: numberOrNull(options['temperature']),
    topP: numberOrNull(options['top_p']),
    topK: numberOrNull(options['top_k']),
    presencePenalty: numberOrNull(options['presence_penalty']),
    frequencyPenalty: numberOrNull(options['frequency_penalty']),
    seed: numberOrNull(options['seed']),
  }
}

function decodeExtra(request: JsonObject, options: JsonObject): JsonObject {
  const rest = Object.entries(options).filter(([name]) => !knownOptions.has(name))
  return {
    ...Object.fromEntries(Object.entries(request).filter(([name]) => !known.has(name))),
    ...(rest.length > 0 ? { options: Object.fromEntries(rest) } : {}),
  }
}

function decodeFormat(format: unknown): ResponseFormat | null {
  if (format === 'json') return { type: 'json' }
  if (!isObject(format)) return null
  return { type: 'json-schema', name: 'answer', description: null, schema: format, strict: null }
}

function decodeThink(think: unknown): Reasoning | null {
  if (think === false) return { effort: 'none', budgetTokens: null, visible: null }
  if (think === true) return { effort: null, budgetTokens: null, visible: true }
  return isEffort(think) ? { effort: think, budgetTokens: null, visible: null } : null
}

/** Results that follow one another are one message of the canonical form. */
function decodeMessages(value: unknown): Message[] {
  const messages: Message[] = []
  const calls = createCallMatcher()
  for (const message of Array.isArray(value) ? (value as unknown[]) : []) {
    if (!isObject(message)) continue
    const { role, content } = message
    const text = typeof content === 'string' ? content : ''
    switch (role) {
      case 'system':
        messages.push({ role: 'system', content: [{ type: 'text', text }] })
        break
      case 'assistant':
        messages.push({ role: 'assistant', content: decodeAssistant(message, text, calls) })
        break
      case 'tool': {
        const name = stringOrNull(message['tool_name'])
        const callId = calls.resultId(stringOrNull(message['tool_call_id']), name)
        const result = { callId, content: decodeContent(message, text), isError: false }
        const last = messages.at(-1)
        if (last?.role === 'tool') {
          messages[messages.length - 1] = { ...last, results: [...last.results, result] }
        } else messages.push({ role: 'tool', results: [result] })
        break
      }
      default:
        messages.push({ role: 'user', content: decodeContent(message, text) })
    }
  }
  return messages
}

function decodeAssistant(
  { thinking, tool_calls: calls }: JsonObject,
  text: string,
  matcher: ReturnType<typeof createCallMatcher>,
): AssistantPart[] {
  const thought = stringOrNull(thinking)
  return [
    ...(thought === null ? [] : [{ type: 'reasoning' as const, text: thought }]),
    ...(text === '' ? [] : [{ type: 'text' as const, text }]),
    ...decodeToolCalls(calls, (given, name) => matcher.callId(given, name)),
  ]
}

function decodeContent({ images }: JsonObject, text: string): ContentPart[] {
  const pictures = Array.isArray(images) ? (images as unknown[]) : []
  const parts: ContentPart[] = text === '' && pictures.length > 0 ? [] : [{ type: 'text', text }]
  for (const data of pictures) {
    if (typeof data !== 'string') continue
    parts.push({ type: 'image', source: { kind: 'base64', mediaType: imageType(data), data } })
  }
  return parts
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
