import type { Dialect } from './dialect.ts'
import { type DemoReply, type DemoToolCall, thoughts } from './demo-reply.ts'
import { type DemoRequest, parseModelName, readPace } from './demo-request.ts'
import { textOf } from './openai-dialect.ts'

const created = 1_767_225_600

type Body = Readonly<Record<string, unknown>>

/**
 * OpenAI Responses: SSE with the type of each event as its name, numbered from 0, the whole response last. Every event is a frame of its own, so
 * that the number of the next one is known from the frames sent. A call that asks for reasoning gets an item of it.
 */
export const responsesDialect: Dialect = {
  contentType: 'text/event-stream; charset=utf-8',
  endMarker: '',
  garbage: 'event: response.output_text.delta\ndata: {"type":\n\n',

  parse(body, headers) {
    const name = parseModelName(body['model'])
    const { input, instructions, tools, reasoning } = body
    if (name === null || (typeof input !== 'string' && !Array.isArray(input))) return null
    const texts = typeof input === 'string' ? [input] : (input as readonly Body[]).map(itemText)
    if (typeof instructions === 'string') texts.unshift(instructions)
    const declared = (Array.isArray(tools) ? tools : []) as readonly Body[]
    const cap = body['max_output_tokens']
    const effort = (reasoning as Body | null | undefined)?.['effort'] ?? 'none'
    return {
      ...name,
      modelName: String(body['model']),
      texts,
      tools: declared
        .filter(({ type }) => type === 'function')
        .map(({ name: tool, parameters: schema }) => ({
          name: typeof tool === 'string' ? tool : 'tool',
          schema,
        })),
      stream: body['stream'] === true,
      includeUsage: true,
      maxTokens: typeof cap === 'number' ? cap : null,
      thinks: effort !== 'none',
      toolsAnswered: Array.isArray(input) && isToolOutput((input as readonly Body[]).at(-1)),
      schema: schemaOf(body['text']),
      pace: readPace(name.model, name.scenario, texts, headers),
    }
  },

  plain: (request, reply) => JSON.stringify(ended(request, reply)),

  opening(request, reply) {
    const response = responseOf(request, reply, 'in_progress', [])
    return (
      event('response.created', 0, { response }) + event('response.in_progress', 1, { response })
    )
  },

  *parts(request, reply) {
    let number = 2
    for (const { type, members, tokens } of eventsOf(request, reply)) {
      yield [event(type, number++, members), tokens]
    }
  },

  last(request, reply) {
    const response = ended(request, reply)
    const number = 2 + eventsOf(request, reply).length
    return event(`response.${String(response['status'])}`, number, { response })
  },

  errorBody: (message, type, code, param) =>
    JSON.stringify({ error: { message, type, param, code } }),

  errorPart(body, { request, reply, frames }) {
    const { error } = JSON.parse(body) as { error: { message: string } }
    const { message } = error
    if (request.scenario === 'error-event') {
      return event('error', 2 + frames, { code: 'server_error', message, param: null })
    }
    const failed = responseOf(request, reply, 'failed', [])
    const response = { ...failed, error: { code: 'server_error', message } }
    return event('response.failed', 2 + frames, { response })
  },
}

function isToolOutput(item: Body | undefined): boolean {
  return item?.['type'] === 'function_call_output'
}

function schemaOf(text: unknown): unknown {
  const format = (text as Body | null | undefined)?.['format'] as Body | null | undefined
  return format?.['type'] === 'json_schema' ? format['schema'] : undefined
}

/** Of a message its text, of a result its output. */
function itemText(item: Body): string {
  const { output } = item
  if (typeof output === 'string') return output
  return textOf(output === undefined ? item : { content: output })
}

function event(type: string, number: number, members: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number, ...members })}\n\n`
}

interface DemoEvent {
  readonly type: string
  readonly members: object
  readonly tokens: number
}

function eventsOf(request: DemoRequest, reply: DemoReply): DemoEvent[] {
  const events: DemoEvent[] = []
  for (const [place, item] of outputOf(request, reply, 'completed').entries()) {
    const at = { output_index: place, item_id: item.id }
    const add = (type: string, members: object, tokens = 0) => {
      events.push({ type: `response.${type}`, members, tokens })
    }
    add('output_item.added', { output_index: place, item: item.begun })
    item.stream(at, add)
    add('output_item.done', { output_index: place, item: item.whole })
  }
  return events
}

type Add = (type: string, members: object, tokens?: number) => void

interface DemoItem {
  readonly id: string
  readonly begun: object
  readonly whole: object
  stream(at: object, add: Add): void
}

function outputOf(request: DemoRequest, reply: DemoReply, status: string): DemoItem[] {
  const items: DemoItem[] = request.thinks === true ? [reasoning(reply)] : []
  if (reply.toolCalls.length === 0) return [...items, message(reply, status)]
  return [...items, ...reply.toolCalls.map(toolCall)]
}

function reasoning({ fingerprint }: DemoReply): DemoItem {
  const id = `rs_${fingerprint}`
  const text = thoughts.join('')
  const part = { type: 'summary_text', text }
  const encrypted = `encrypted-${fingerprint}`
  return {
    id,
    begun: { id, type: 'reasoning', summary: [] },
    whole: { id, type: 'reasoning', summary: [part], encrypted_content: encrypted },
    stream(at, add) {
      const inside = { ...at, summary_index: 0 }
      add('reasoning_summary_part.added', { ...inside, part: { ...part, text: '' } })
      for (const delta of thoughts) add('reasoning_summary_text.delta', { ...inside, delta })
      add('reasoning_summary_text.done', { ...inside, text })
      add('reasoning_summary_part.done', { ...inside, part })
    },
  }
}

function message({ fingerprint, tokens }: DemoReply, status: string): DemoItem {
  const id = `msg_${fingerprint}`
  const text = tokens.join('')
  const named = { id, type: 'message', role: 'assistant' }
  const part = { type: 'output_text', text, annotations: [], logprobs: [] }
  return {
    id,
    begun: { ...named, status: 'in_progress', content: [] },
    whole: { ...named, status, content: [part] },
    stream(at, add) {
      const inside = { ...at, content_index: 0 }
      add('content_part.added', { ...inside, part: { ...part, text: '' } })
      for (const delta of tokens) add('output_text.delta', { ...inside, delta, logprobs: [] }, 1)
      add('output_text.done', { ...inside, text, logprobs: [] })
      add('content_part.done', { ...inside, part })
    },
  }
}

function toolCall({ id: callId, name, pieces }: DemoToolCall): DemoItem {
  const id = callId.replace('call_', 'fc_')
  const named = { id, type: 'function_call', call_id: callId, name }
  const json = pieces.join('')
  return {
    id,
    begun: { ...named, status: 'in_progress', arguments: '' },
    whole: { ...named, status: 'completed', arguments: json },
    stream(at, add) {
      for (const delta of pieces) add('function_call_arguments.delta', { ...at, delta }, 1)
      add('function_call_arguments.done', { ...at, name, arguments: json })
    },
  }
}

function ended(request: DemoRequest, reply: DemoReply): Record<string, unknown> {
  const isWhole = reply.finishReason === 'stop' || reply.finishReason === 'tool_calls'
  const status = isWhole ? 'completed' : 'incomplete'
  const items = outputOf(request, reply, status)
  return responseOf(
    request,
    reply,
    status,
    items.map(({ whole }) => whole),
  )
}

function responseOf(
  request: DemoRequest,
  reply: DemoReply,
  status: string,
  output: readonly object[],
): Record<string, unknown> {
  const isEnded = status === 'completed' || status === 'incomplete'
  return {
    id: `resp_${reply.fingerprint}`,
    object: 'response',
    created_at: created,
    status,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: incompleteReason(reply) } : null,
    instructions: null,
    metadata: {},
    model: request.modelName,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: isEnded && request.scenario !== 'no-usage' ? usageOf(request, reply) : null,
  }
}

function incompleteReason({ finishReason }: DemoReply): string {
  return finishReason === 'content_filter' ? 'content_filter' : 'max_output_tokens'
}

function usageOf({ thinks }: DemoRequest, { promptTokens, completionTokens }: DemoReply) {
  const reasoningTokens = thinks === true ? thoughts.length : 0
  const outputTokens = completionTokens + reasoningTokens
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + outputTokens,
  }
}
