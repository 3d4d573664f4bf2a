import type { Dialect } from './dialect.ts'
import { type DemoReply, thoughts } from './demo-reply.ts'
import { type DemoRequest, parseModelName, readPace } from './demo-request.ts'
import { textOf } from './openai-dialect.ts'

const createdAt = '2026-01-01T00:00:00Z'

/** Ollama's native chat: one JSON object a line, the last with `done: true`; it streams unless told not to. */
export const ollamaDialect: Dialect = {
  contentType: 'application/x-ndjson',
  endMarker: '',
  garbage: '{"message":{"content":\n',

  parse(body, headers) {
    const name = parseModelName(body['model'])
    if (name === null || !Array.isArray(body['messages'])) return null
    const messages = body['messages'] as readonly Readonly<Record<string, unknown>>[]
    const texts = messages.map(textWithImages)
    const tools = Array.isArray(body['tools'])
      ? (body['tools'] as readonly { function?: { name?: string; parameters?: unknown } }[])
      : []
    const options = body['options'] as { num_predict?: unknown } | undefined
    return {
      ...name,
      modelName: String(body['model']),
      texts,
      tools: tools.map(({ function: declared }) => ({
        name: declared?.name ?? 'tool',
        schema: declared?.parameters,
      })),
      stream: body['stream'] !== false,
      includeUsage: true,
      maxTokens:
        typeof options?.num_predict === 'number' && options.num_predict > 0
          ? options.num_predict
          : null,
      thinks: body['think'] === true || typeof body['think'] === 'string',
      toolsAnswered: messages.at(-1)?.['role'] === 'tool',
      schema: typeof body['format'] === 'object' ? (body['format'] ?? undefined) : undefined,
      pace: readPace(name.model, name.scenario, texts, headers),
    }
  },

  plain(request, reply) {
    const thinking = request.thinks === true ? { thinking: thoughts.join('') } : {}
    const content = reply.tokens.join('')
    const message = { role: 'assistant', content, ...thinking, ...toolCallsOf(reply) }
    return JSON.stringify({
      model: request.modelName,
      created_at: createdAt,
      message,
      ...ending(request, reply),
    })
  },

  opening: () => '',

  *parts(request, reply) {
    const part = (message: object) =>
      `${JSON.stringify({ model: request.modelName, created_at: createdAt, message, done: false })}\n`
    for (const thinking of request.thinks === true ? thoughts : [])
      yield [part({ role: 'assistant', content: '', thinking }), 0]
    for (const token of reply.tokens) yield [part({ role: 'assistant', content: token }), 1]
    if (reply.toolCalls.length > 0)
      yield [
        part({ role: 'assistant', content: '', ...toolCallsOf(reply) }),
        reply.completionTokens,
      ]
  },

  last(request, reply) {
    const message = { role: 'assistant', content: '' }
    return `${JSON.stringify({ model: request.modelName, created_at: createdAt, message, ...ending(request, reply) })}\n`
  },

  errorBody: (message) => JSON.stringify({ error: message }),
  errorPart: (body) => `${body}\n`,
}

/** Pictures stand beside the text: each reads as `[image]`. */
function textWithImages(message: Readonly<Record<string, unknown>>): string {
  const { images } = message
  return textOf(message) + '[image]'.repeat(Array.isArray(images) ? images.length : 0)
}

function ending(request: DemoRequest, reply: DemoReply) {
  return {
    done: true,
    done_reason: reply.finishReason === 'length' ? 'length' : 'stop',
    ...(request.scenario === 'no-usage'
      ? {}
      : { prompt_eval_count: reply.promptTokens, eval_count: reply.completionTokens }),
  }
}

function toolCallsOf(reply: DemoReply) {
  if (reply.toolCalls.length === 0) return {}
  const calls = reply.toolCalls.map(({ name, pieces }) => ({
    function: { name, arguments: JSON.parse(pieces.join('')) as unknown },
  }))
  return { tool_calls: calls }
}
