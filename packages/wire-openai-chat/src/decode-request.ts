import type {
  AssistantPart,
  CacheBreakpoint,
  CanonicalRequest,
  ContentPart,
  Message,
  ReasoningPart,
  Sampling,
  TextPart,
  ToolResult,
} from '@sluice/wire/canonical-request'
import { isEffort } from '@sluice/wire/effort'
import { isObject, type JsonObject, parseJson, stringOrNull, textOf } from '@sluice/wire/json'
import { refuse } from './parse-request.ts'
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

/** Results that follow one another are one message of the canonical form. */
function decodeMessages(value: unknown): Message[] {
  const messages: Message[] = []
  for (const [position, message] of (Array.isArray(value) ? (value as unknown[]) : []).entries()) {
    if (!isObject(message)) continue
    const path = ['messages', position]
    const decoded = decodeMessage(message, path)
    const last = messages.at(-1)
    if (decoded.role === 'tool' && last?.role === 'tool') {
      messages[messages.length - 1] = { ...last, results: [...last.results, ...decoded.results] }
    } else messages.push(decoded)
  }
  return messages
}

function decodeMessage(message: JsonObject, path: readonly PropertyKey[]): Message {
  const { role, content } = message
  switch (role) {
    case 'system':
    case 'developer':
      return {
        role: 'system',
        content: decodeContent(content, path).filter((part) => isText(part)),
      }
    case 'assistant':
      return { role: 'assistant', content: decodeAssistant(message, path) }
    case 'tool':
    case 'function': {
      const callId = stringOrNull(message['tool_call_id']) ?? stringOrNull(message['name']) ?? ''
      const result: ToolResult = { callId, content: decodeContent(content, path), isError: false }
      return { role: 'tool', results: [result] }
    }
    default: {
      const name = stringOrNull(message['name'])
      const parts = decodeContent(content, path)
      return { role: 'user', content: parts, ...(name === null ? {} : { name }) }
    }
  }
}

function isText(part: ContentPart): part is TextPart {
  return part.type === 'text'
}

function decodeContent(content: unknown, path: readonly PropertyKey[]): ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return []
  return (content as unknown[]).map((part, i) => decodePart(part, [...path, 'content', i]))
}

function decodePart(part: unknown, path: readonly PropertyKey[]): ContentPart {
  if (!isObject(part)) throw refuse('a content part must be an object', path)
  const cache = decodeCache(part)
  switch (part['type']) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: textOf(part['text']), ...cache }
    case 'image_url':
    case 'input_image': {
      const { image_url: image } = part
      const url = isObject(image) ? image['url'] : image
      const detail = stringOrNull(isObject(image) ? image['detail'] : part['detail'])
      if (typeof url !== 'string') throw refuse('an image needs a url', [...path, 'image_url'])
      return {
        type: 'image',
        source: decodeUrl(url),
        ...(detail === null ? {} : { detail }),
        ...cache,
      }
    }
    case 'input_audio': {
      const { input_audio: audio } = part
      const { data, format } = isObject(audio) ? audio : {}
      return { type: 'audio', data: textOf(data), format: stringOrNull(format) ?? 'wav' }
    }
    case 'file': {
      const file = isObject(part['file']) ? part['file'] : {}
      const { file_data: data, file_id: id } = file
      const title = stringOrNull(file['filename'])
      const named = title === null ? {} : { title }
      if (typeof data === 'string') {
        return { type: 'document', source: decodeUrl(data), ...named, ...cache }
      }
      if (typeof id === 'string') {
        return { type: 'document', source: { kind: 'file', id }, ...named, ...cache }
      }
      throw refuse('a file needs file_data or file_id', [...path, 'file'])
    }
    default: {
      const type = stringOrNull(part['type']) ?? 'unknown'
      throw refuse(`the model behind this name does not take content of type ${type}`, [
        ...path,
        'type',
      ])
    }
  }
}

const dataUrl = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i

function decodeUrl(
  url: string,
): { kind: 'base64'; mediaType: string; data: string } | { kind: 'url'; url: string } {
  const data = dataUrl.exec(url)
  if (!data) return { kind: 'url', url }
  return { kind: 'base64', mediaType: data[1] ?? '', data: url.slice(data[0].length) }
}

/** Anthropic's marker, which clients of this dialect send for Claude models. */
function decodeCache(part: JsonObject): { cache?: CacheBreakpoint } {
  const { cache_control: control } = part
  if (!isObject(control)) return {}
  return { cache: control['ttl'] === '1h' ? '1h' : '5m' }
}

function decodeAssistant(message: JsonObject, path: readonly PropertyKey[]): AssistantPart[] {
  const parts: AssistantPart[] = decodeReasoning(message)
  const { content, refusal, tool_calls: calls } = message
  if (typeof content === 'string') {
    if (content !== '') parts.push({ type: 'text', text: content })
  } else if (Array.isArray(content)) {
    for (const [i, part] of (content as unknown[]).entries()) {
      if (isObject(part) && part['type'] === 'refusal') {
        parts.push({ type: 'refusal', text: textOf(part['refusal']) })
      } else {
        const decoded = decodePart(part, [...path, 'content', i])
        if (isText(decoded)) parts.push(decoded)
      }
    }
  }
  if (typeof refusal === 'string' && refusal !== '') parts.push({ type: 'refusal', text: refusal })
  for (const call of Array.isArray(calls) ? (calls as unknown[]) : []) {
    const decoded = isObject(call) ? decodeCall(call) : null
    if (decoded) parts.push(decoded)
  }
  const { function_call: legacy } = message
  if (isObject(legacy)) {
    const decoded = decodeCall({ id: legacy['name'], function: legacy })
    if (decoded) parts.push(decoded)
  }
  return parts
}

function decodeCall(call: JsonObject): AssistantPart | null {
  const called = isObject(call['function']) ? call['function'] : null
  if (!called) return null
  const signature = readSignature(call)
  return {
    type: 'tool-call',
    id: stringOrNull(call['id']) ?? '',
    name: textOf(called['name']),
    arguments: textOf(called['arguments']),
    ...(signature === null ? {} : { signature }),
  }
}

/** `extra_content.google.thought_signature`: where Google's own OpenAI-shaped API carries it. */
export function readSignature(call: JsonObject): string | null {
  const { extra_content: extra } = call
  const google = isObject(extra) && isObject(extra['google']) ? extra['google'] : {}
  return stringOrNull(google['thought_signature'])
}

/** `reasoning_content` is the text alone; `reasoning_details` has signatures, too, in the form that OpenRouter made usual. */
function decodeReasoning(message: JsonObject): AssistantPart[] {
  const details = decodeReasoningDetails(message['reasoning_details'])
  if (details.length > 0) return details
  const text = stringOrNull(message['reasoning_content']) ?? stringOrNull(message['reasoning'])
  return text === null ? [] : [{ type: 'reasoning', text }]
}

/** By `format`, who can read what is opaque in a detail. */
const originOfFormat: Readonly<Record<string, NonNullable<ReasoningPart['origin']>>> = {
  'anthropic-claude-v1': 'anthropic-messages',
  'google-gemini-v1': 'gemini',
  'openai-responses-v1': 'openai-responses',
}
export const formatOfOrigin = Object.fromEntries(
  Object.entries(originOfFormat).map(([format, origin]) => [origin, format]),
)

export function decodeReasoningDetails(value: unknown): ReasoningPart[] {
  if (!Array.isArray(value)) return []
  return (value as unknown[]).flatMap((detail): ReasoningPart[] => {
    if (!isObject(detail)) return []
    const origin = originOfFormat[textOf(detail['format'])]
    const signature = stringOrNull(detail['signature'])
    const redacted = stringOrNull(detail['data'])
    const id = stringOrNull(detail['id'])
    const text = detail['text'] ?? detail['summary']
    return [
      {
        type: 'reasoning',
        text: typeof text === 'string' ? text : '',
        ...(signature === null ? {} : { signature }),
        ...(redacted === null ? {} : { redacted }),
        ...(id === null ? {} : { id }),
        ...(origin === undefined ? {} : { origin }),
      },
    ]
  })
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function booleanOrNull(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}
