import type { Dialect } from './dialect.ts'
import { interleave } from './interleave.ts'
import { answersIn, type DemoReply, thoughts } from './demo-reply.ts'
import { type DemoRequest, parseModelName, readChoices, readPace } from './demo-request.ts'

const created = 1_767_225_600

/** OpenAI chat completions: SSE `data:` frames, `[DONE]` last. */
export const openAiDialect: Dialect = {
  contentType: 'text/event-stream; charset=utf-8',
  endMarker: 'data: [DONE]\n\n',
  garbage: 'data: {"choices":[{"delta":\n\n',

  parse(body, headers) {
    const name = parseModelName(body['model'])
    if (name === null || !Array.isArray(body['messages'])) return null
    const texts = (body['messages'] as readonly unknown[]).map(textOf)
    const tools = Array.isArray(body['tools']) ? (body['tools'] as readonly ToolDeclaration[]) : []
    const options = body['stream_options'] as { include_usage?: boolean } | undefined | null
    const effort = body['reasoning_effort'] ?? 'none'
    const last = (body['messages'] as readonly ({ role?: unknown } | null)[]).at(-1)
    const cap = body['max_completion_tokens'] ?? body['max_tokens']
    return {
      ...name,
      modelName: String(body['model']),
      texts,
      tools: tools.map(({ function: declared }) => ({
        name: declared?.name ?? 'tool',
        schema: declared?.parameters,
      })),
      stream: body['stream'] === true,
      includeUsage: options?.include_usage === true,
      maxTokens: typeof cap === 'number' ? cap : null,
      thinks: effort !== 'none',
      toolsAnswered: last?.role === 'tool',
      ...forcedTool(tools, body['tool_choice']),
      schema: schemaOf(body['response_format']),
      choices: readChoices(body['n']),
      pace: readPace(name.model, name.scenario, texts, headers),
    }
  },

  plain(request, reply) {
    return JSON.stringify({
      ...envelope(request, reply, 'chat.completion'),
      choices: answersIn(reply).map((answer, index) => ({
        index,
        message: {
          role: 'assistant',
          content: contentOf(answer),
          ...(request.thinks === true ? { reasoning_content: thoughts.join('') } : {}),
          ...toolCallsOf(answer),
        },
        logprobs: null,
        finish_reason: answer.finishReason,
      })),
      ...(request.scenario === 'no-usage' ? {} : { usage: usageOf(request, reply) }),
    })
  },

  opening(request, reply) {
    const head = chunkHead(request, reply)
    const delta = '{"role":"assistant","content":""}'
    return answersIn(reply)
      .map((_, index) => chunk(head, index, delta))
      .join('')
  },

  parts(request, reply) {
    // The envelope is the same for each chunk of a stream: it is written once.
    const head = chunkHead(request, reply)
    return interleave(
      answersIn(reply).map((answer, index) => partsOf(request, answer, head, index)),
    )
  },

  last(request, reply) {
    const head = chunkHead(request, reply)
    const finish = answersIn(reply)
      .map((answer, index) => chunk(head, index, '{}', answer.finishReason))
      .join('')
    if (!request.includeUsage || request.scenario === 'no-usage') return finish
    return `${finish}data: ${head},"choices":[],"usage":${JSON.stringify(usageOf(request, reply))}}\n\n`
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

/** A chunk up to its choices. */
function chunkHead(request: DemoRequest, reply: DemoReply): string {
  return JSON.stringify(envelope(request, reply, 'chat.completion.chunk')).slice(0, -1)
}

function* partsOf(
  { thinks }: DemoRequest,
  { tokens, toolCalls }: DemoReply,
  head: string,
  choice: number,
): Generator<readonly [frame: string, tokens: number]> {
  for (const thought of thinks === true ? thoughts : [])
    yield [chunk(head, choice, `{"reasoning_content":${JSON.stringify(thought)}}`), 0]
  for (const token of tokens) yield [chunk(head, choice, `{"content":${JSON.stringify(token)}}`), 1]
  for (const [index, call] of toolCalls.entries()) {
    const opening = {
      index,
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: '' },
    }
    yield [chunk(head, choice, JSON.stringify({ tool_calls: [opening] })), 0]
    for (const piece of call.pieces) {
      const delta = { tool_calls: [{ index, function: { arguments: piece } }] }
      yield [chunk(head, choice, JSON.stringify(delta)), 1]
    }
  }
}

function chunk(head: string, index: number, delta: string, finish: string | null = null): string {
  return `data: ${head},"choices":[{"index":${String(index)},"delta":${delta},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}]}\n\n`
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

function usageOf({ thinks, pace }: DemoRequest, reply: DemoReply) {
  const { promptTokens, completionTokens } = reply
  const reasoningTokens = thinks === true ? thoughts.length * answersIn(reply).length : 0
  const outputTokens = completionTokens + reasoningTokens
  return {
    prompt_tokens: promptTokens,
    completion_tokens: outputTokens,
    total_tokens: promptTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: Math.min(pace.cachedTokens ?? 0, promptTokens) },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  }
}

interface ToolDeclaration {
  readonly function?: { readonly name?: string; readonly parameters?: unknown }
}

/** `required` leaves the choice to the model: it takes the first. */
function forcedTool(
  tools: readonly ToolDeclaration[],
  choice: unknown,
): Pick<DemoRequest, 'mustCall'> {
  const named = (choice as ToolDeclaration | null | undefined)?.function?.name
  if (choice !== 'required' && named === undefined) return {}
  const tool = tools.find((each) => choice === 'required' || each.function?.name === named)
  if (tool === undefined) return {}
  return {
    mustCall: { name: tool.function?.name ?? 'tool', schema: tool.function?.parameters ?? {} },
  }
}

function schemaOf(format: unknown): unknown {
  const { type, json_schema: named } = (format ?? {}) as {
    type?: unknown
    json_schema?: { schema?: unknown }
  }
  return type === 'json_schema' ? named?.schema : undefined
}

const images = new Set<unknown>(['image_url', 'input_image', 'image'])

/** A message's text: a string, or the text parts of a list; an image is `[image]`. */
export function textOf(message: unknown): string {
  const { content } = (message ?? {}) as { content?: unknown }
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return (content as readonly unknown[])
    .map((part) => {
      const { type, text } = (part ?? {}) as { type?: unknown; text?: unknown }
      return images.has(type) ? '[image]' : text
    })
    .filter((text) => typeof text === 'string')
    .join('')
}
