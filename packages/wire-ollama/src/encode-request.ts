import type { WireName } from '@sluice/contracts/wire-name'
import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import type { EncodedRequest, RequestEdits } from '@sluice/wire/wire-format'
import { type ChatRequest, parseChatRequest, refuse } from './chat-request.ts'
import { encodeMessages } from './encode-messages.ts'
import { encodeTools } from './tools.ts'

/** Parameters that Ollama takes under the same name, in `options`. */
const sameInOptions = [
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'num_ctx',
] as const
/** Ollama's own members, for callers who know what is behind the model (T40). */
const passedOn = ['think', 'keep_alive'] as const

/** What is read elsewhere, or changes nothing about the answer: not worth a mention when it is left out. */
const handled = new Set<string>([
  ...sameInOptions,
  ...passedOn,
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'response_format',
  'stop',
  'n',
  'max_tokens',
  'max_completion_tokens',
  'options',
  'user',
  'metadata',
  'store',
])

/** OpenAI's chat request in Ollama's words. What has no counterpart is left out and reported. */
export function encodeRequest(body: Buffer, from: WireName, edits: RequestEdits): EncodedRequest {
  if (from !== 'openai-chat') throw new GatewayError(wireErrors.wire_unsupported)
  const request = parseChatRequest(body)
  if ((request.n ?? 1) > 1) throw refuse('this provider gives one choice per call', ['n'])
  const adapted = new Set<string>()
  for (const [name, value] of Object.entries(request)) {
    const isDefault = name === 'parallel_tool_calls' ? value === true : false
    if (value !== null && !handled.has(name) && !isDefault) adapted.add(name)
  }
  const encoded: Record<string, unknown> = {
    model: edits.upstreamModel,
    messages: encodeMessages(request.messages, adapted),
    stream: edits.stream,
  }
  const tools = encodeTools(request, adapted)
  if (tools.length > 0) encoded['tools'] = tools
  const format = encodeFormat(request.response_format, adapted)
  if (format !== undefined) encoded['format'] = format
  const options = encodeOptions(request, edits.maxTokens, adapted)
  if (Object.keys(options).length > 0) encoded['options'] = options
  for (const name of passedOn) if (request[name] != null) encoded[name] = request[name]
  return { body: Buffer.from(JSON.stringify(encoded)), adapted: [...adapted] }
}

function encodeOptions(
  request: ChatRequest,
  maxTokens: number | null,
  adapted: Set<string>,
): Record<string, unknown> {
  const options: Record<string, unknown> = { ...request.options }
  for (const name of sameInOptions) if (request[name] != null) options[name] = request[name]
  const { stop } = request
  if (stop != null) options['stop'] = typeof stop === 'string' ? [stop] : stop
  const name = request.max_completion_tokens == null ? 'max_tokens' : 'max_completion_tokens'
  const limit = request[name] ?? null
  if (maxTokens !== null && (limit === null || limit > maxTokens)) adapted.add(name)
  const wanted = Math.min(limit ?? Infinity, maxTokens ?? Infinity)
  if (wanted !== Infinity) options['num_predict'] = wanted
  return options
}

function encodeFormat(format: ChatRequest['response_format'], adapted: Set<string>): unknown {
  if (format == null || format.type === 'text') return undefined
  if (format.type === 'json_object') return 'json'
  if (format.type === 'json_schema') return format.json_schema?.schema ?? 'json'
  adapted.add('response_format')
  return undefined
}
