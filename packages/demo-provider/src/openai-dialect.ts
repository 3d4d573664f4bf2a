import type { Dialect } from './dialect.ts'
import type { DemoReply } from './demo-reply.ts'
import { type DemoRequest, parseModelName, readPace } from './demo-request.ts'

const created = 1_767_225_600

/** OpenAI chat completions: SSE `data:` frames, `[DONE]` last. */
export const openAiDialect: Dialect = {
  contentType: 'text/event-stream; charset=utf-8',
  endMarker: 'data: [DONE]\n\n',
  garbage: 'data: {"choices":[{"delta":\n\n',

  parse(body, headers) {
    const name = parseModelName(body['model'])
    if (name === null || !Array.isArray(body['messages'])) return null
    const texts = (body['messages'] as readonly Record<string, unknown>[]).map(textOf)
    const tools = Array.isArray(body['tools'])
      ? (body['tools'] as readonly { function?: { name?: string } }[])
      : []
    const options = body['stream_options'] as { include_usage?: boolean } | undefined | null
    const cap = body['max_completion_tokens'] ?? body['max_tokens']
    return {
      ...name,
      modelName: String(body['model']),
      texts,
      tools: tools.map((tool) => tool.function?.name ?? 'tool'),
      stream: body['stream'] === true,
      includeUsage: options?.include_usage === true,
      maxTokens: typeof cap === 'number' ? cap : null,
      pace: readPace(name.model, name.scenario, texts, headers),
    }
  },

  plain(request, reply) {
    return JSON.stringify({
      ...envelope(request, reply, 'chat.completion'),
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: contentOf(reply), ...toolCallsOf(reply) },
          logprobs: null,
          finish_reason: reply.finishReason,
        },
      ],
      ...(request.scenario === 'no-usage' ? {} : { usage: usageOf(reply) }),
    })
  },

  *parts(request, reply) {
    // The envelope is the same for each chunk of a stream: it is written once.
    const head = JSON.stringify(envelope(request, reply, 'chat.completion.chunk')).slice(0, -1)
    const chunk = (delta: string, finish: string | null) =>
      `data: ${head},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish === null ? 'null' : `"${finish}"`}}]}\n\n`
    yield chunk('{"role":"assistant","content":""}', null)
    for (const token of reply.tokens) yield chunk(`{"content":${JSON.stringify(token)}}`, null)
    for (const [index, call] of reply.toolCalls.entries()) {
      const opening = {
        index,
        id: call.id,
        type: 'function',
        function: { name: call.name, arguments: '' },
      }
      yield chunk(JSON.stringify({ tool_calls: [opening] }), null)
      for (const piece of call.pieces) {
        yield chunk(
          JSON.stringify({ tool_calls: [{ index, function: { arguments: piece } }] }),
          null,
        )
      }
    }
  },

  last(request, reply) {
    const head = JSON.stringify(envelope(request, reply, 'chat.completion.chunk')).slice(0, -1)
    const finish = `data: ${head},"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"${reply.finishReason}"}]}\n\n`
    if (!request.includeUsage || request.scenario === 'no-usage') return finish
    return `${finish}data: ${head},"choices":[],"usage":${JSON.stringify(usageOf(reply))}}\n\n`
  },

  errorBody: (message, type, code, param) =>
    JSON.stringify({ error: { message, type, param, code } }),
  errorPart: (body) => `data: ${body}\n\n`,
}

function envelope(request: DemoRequest, reply: DemoReply, object: string) {
  return {
    id: `chatcmpl-${reply.fingerprint}`,
    object,
    created,
    model: request.modelName,
    system_fingerprint: null,
  }
}

function contentOf(reply: DemoReply): string | null {
  return reply.toolCalls.length > 0 ? null : reply.tokens.join('')
}

function toolCallsOf(reply: DemoReply) {
  if (reply.toolCalls.length === 0) return {}
  const calls = reply.toolCalls.map(({ id, name, pieces }) => ({
    id,
    type: 'function',
    function: { name, arguments: pieces.join('') },
  }))
  return { tool_calls: calls }
}

function usageOf({ promptTokens, completionTokens }: DemoReply) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  }
}

/** A message's text: a string, or the text parts of a list. */
export function textOf(message: Record<string, unknown>): string {
  const { content } = message as { content?: unknown }
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return (content as readonly { text?: unknown }[])
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('')
}
