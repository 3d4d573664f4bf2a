import type { Dialect } from './dialect.ts'
import { type DemoReply, type DemoToolCall, thoughts } from './demo-reply.ts'
import { type DemoRequest, parseModelName, readPace } from './demo-request.ts'
import { textOfBlocks, toolsAnswered } from './anthropic-content.ts'

type Body = Readonly<Record<string, unknown>>

/** Anthropic Messages: SSE with the type of each event as its name, blocks one after another, counts at the start and at the end. */
export const anthropicDialect: Dialect = {
  contentType: 'text/event-stream; charset=utf-8',
  endMarker: event('message_stop', {}),
  garbage: 'event: content_block_delta\ndata: {"type":"content_block_delta","index":\n\n',

  parse(body, headers) {
    const name = parseModelName(body['model'])
    const { system, messages, thinking, output_config: config } = body
    if (name === null || !Array.isArray(messages)) return null
    const texts = (messages as readonly unknown[]).map((message) =>
      textOfBlocks(contentOf(message)),
    )
    if (system !== undefined) texts.unshift(textOfBlocks(system))
    const { max_tokens: cap } = body
    const format = objectOf(objectOf(config)['format'])
    return {
      ...name,
      ...toolsOf(body),
      modelName: String(body['model']),
      texts,
      stream: body['stream'] === true,
      includeUsage: true,
      maxTokens: typeof cap === 'number' ? cap : null,
      thinks: ['enabled', 'adaptive'].includes(String(objectOf(thinking)['type'])),
      toolsAnswered: toolsAnswered(messages),
      schema: format['type'] === 'json_schema' ? format['schema'] : undefined,
      pace: readPace(name.model, name.scenario, texts, headers),
    }
  },

  plain(request, reply) {
    return JSON.stringify({
      ...messageOf(request, reply),
      content: blocksOf(request, reply).map(({ block, whole }) => ({ ...block, ...whole })),
      stop_reason: stopReason(reply),
      ...counts(request, usageOf(request, reply)),
    })
  },

  opening(request, reply) {
    const message = { ...messageOf(request, reply), content: [], stop_reason: null }
    const usage = { ...usageOf(request, reply), output_tokens: 1 }
    return event('message_start', { message: { ...message, ...counts(request, usage) } })
  },

  *parts(request, reply) {
    for (const [index, { block, deltas }] of blocksOf(request, reply).entries()) {
      yield [event('content_block_start', { index, content_block: block }), 0]
      if (index === 0) yield [event('ping', {}), 0]
      for (const [delta, tokens] of deltas) {
        yield [event('content_block_delta', { index, delta }), tokens]
      }
      yield [event('content_block_stop', { index }), 0]
    }
  },

  last(request, reply) {
    const delta = { stop_reason: stopReason(reply), stop_sequence: null }
    return event('message_delta', { delta, ...counts(request, usageOf(request, reply)) })
  },

  errorStatus: (status) => (status === 503 ? 529 : status),

  errorBody(message, type, code) {
    const details =
      code === 'insufficient_quota'
        ? { details: { error_code: 'enforced_spend_limit_reached' } }
        : {}
    return JSON.stringify({
      type: 'error',
      error: { type: typeOfCode[code ?? ''] ?? typeOfType[type] ?? type, message, ...details },
      request_id: 'req_demo',
    })
  },

  // What breaks off a stream of Anthropic's in practice.
  errorPart: (body) => `event: error\ndata: ${body.replace('api_error', 'overloaded_error')}\n\n`,
}

const typeOfCode: Readonly<Record<string, string>> = {
  model_not_found: 'not_found_error',
  not_found: 'not_found_error',
  invalid_api_key: 'authentication_error',
  billing_not_active: 'billing_error',
  permission_denied: 'permission_error',
  request_too_large: 'request_too_large',
  insufficient_quota: 'rate_limit_error',
}
const typeOfType: Readonly<Record<string, string>> = {
  server_error: 'api_error',
  service_unavailable_error: 'overloaded_error',
}

/** The tools that may be called: none, one, or all; a demanded one is called whatever the model. */
function toolsOf({ tools, tool_choice: choice }: Body): Pick<DemoRequest, 'tools' | 'mustCall'> {
  const { type, name, disable_parallel_tool_use: single } = objectOf(choice)
  const declared = (Array.isArray(tools) ? tools : []).map(objectOf)
  const callable = declared.filter(
    (tool) => tool['type'] === undefined || tool['type'] === 'custom',
  )
  if (type === 'none') return { tools: [] }
  // `any` leaves the choice to the model: it takes the first.
  const demanded = callable.find((tool) => type === 'any' || tool['name'] === name)
  if (demanded && (type === 'any' || type === 'tool')) {
    const mustCall = { name: String(demanded['name']), schema: demanded['input_schema'] }
    return { tools: [], mustCall }
  }
  const all = callable.map(({ name: tool, input_schema: schema }) => ({
    name: typeof tool === 'string' ? tool : 'tool',
    schema,
  }))
  return { tools: single === true ? all.slice(0, 1) : all }
}

interface Block {
  /** As it begins. */
  readonly block: object
  /** What it is in a plain answer, beyond its beginning. */
  readonly whole: object
  readonly deltas: readonly (readonly [delta: object, tokens: number])[]
}

function blocksOf({ thinks }: DemoRequest, reply: DemoReply): Block[] {
  const blocks: Block[] = []
  if (thinks === true) blocks.push(thinkingBlock(reply))
  if (reply.tokens.length > 0) blocks.push(textBlock(reply.tokens))
  for (const call of reply.toolCalls) blocks.push(toolBlock(call))
  return blocks
}

function thinkingBlock({ fingerprint }: DemoReply): Block {
  const signature = Buffer.from(`demo signature ${fingerprint}`).toString('base64')
  return {
    block: { type: 'thinking', thinking: '', signature: '' },
    whole: { thinking: thoughts.join(''), signature },
    deltas: [
      ...thoughts.map((thinking) => [{ type: 'thinking_delta', thinking }, 0] as const),
      [{ type: 'signature_delta', signature }, 0],
    ],
  }
}

function textBlock(tokens: readonly string[]): Block {
  return {
    block: { type: 'text', text: '' },
    whole: { text: tokens.join('') },
    deltas: tokens.map((text) => [{ type: 'text_delta', text }, 1]),
  }
}

function toolBlock({ id, name, pieces }: DemoToolCall): Block {
  return {
    block: { type: 'tool_use', id: id.replace('call_', 'toolu_'), name, input: {} },
    whole: { input: JSON.parse(pieces.join('')) as unknown },
    deltas: [
      [{ type: 'input_json_delta', partial_json: '' }, 0],
      ...pieces.map((piece) => [{ type: 'input_json_delta', partial_json: piece }, 1] as const),
    ],
  }
}

function messageOf({ modelName: model }: DemoRequest, { fingerprint }: DemoReply) {
  const id = `msg_${fingerprint}`
  return { id, type: 'message', role: 'assistant', model, stop_sequence: null }
}

function stopReason({ finishReason }: DemoReply): string {
  return {
    stop: 'end_turn',
    length: 'max_tokens',
    tool_calls: 'tool_use',
    content_filter: 'refusal',
  }[finishReason]
}

function usageOf({ thinks }: DemoRequest, { promptTokens, completionTokens }: DemoReply) {
  const thought = thinks === true ? thoughts.length : 0
  return {
    input_tokens: promptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: completionTokens + thought,
    ...(thought > 0 ? { output_tokens_details: { thinking_tokens: thought } } : {}),
  }
}

function counts({ scenario }: DemoRequest, usage: object) {
  return scenario === 'no-usage' ? {} : { usage }
}

function event(type: string, members: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`
}

function contentOf(message: unknown): unknown {
  return objectOf(message)['content']
}

function objectOf(value: unknown): Body {
  return typeof value === 'object' && value !== null ? (value as Body) : {}
}
