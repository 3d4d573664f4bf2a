import { type DemoReply, expectedReply } from './demo-reply.ts'
import { type DemoRequest, parseModelName, readPace } from './demo-request.ts'
import type { Dialect } from './dialect.ts'
import { openAiDialect } from './openai-dialect.ts'

/** OpenAI's legacy completions: a choice for each prompt, in order. */
export const completionsDialect: Dialect = {
  ...openAiDialect,

  parse(body, headers) {
    const name = parseModelName(body['model'])
    const texts = promptsOf(body['prompt'])
    if (name === null || texts === null) return null
    const options = body['stream_options'] as { include_usage?: boolean } | undefined | null
    const { max_tokens: cap } = body
    return {
      ...name,
      modelName: String(body['model']),
      texts,
      tools: [],
      stream: body['stream'] === true,
      includeUsage: options?.include_usage === true,
      maxTokens: typeof cap === 'number' ? cap : null,
      pace: readPace(name.model, name.scenario, texts, headers),
    }
  },

  plain(request) {
    const replies = repliesTo(request)
    const choices = replies.map(({ tokens, finishReason }, index) => ({
      text: tokens.join(''),
      index,
      logprobs: null,
      finish_reason: finishReason,
    }))
    return JSON.stringify({ ...envelope(request), choices, usage: usageOf(replies) })
  },

  opening: () => '',

  *parts(request) {
    for (const [index, { tokens }] of repliesTo(request).entries()) {
      for (const token of tokens) yield [frame(request, [choice(index, token, null)]), 1]
    }
  },

  last(request) {
    const replies = repliesTo(request)
    const ends = replies
      .map(({ finishReason }, index) => frame(request, [choice(index, '', finishReason)]))
      .join('')
    return request.includeUsage ? ends + frame(request, [], usageOf(replies)) : ends
  },
}

function promptsOf(prompt: unknown): string[] | null {
  if (typeof prompt === 'string') return [prompt]
  if (!Array.isArray(prompt) || prompt.length === 0) return null
  const items = prompt as unknown[]
  return typeof items[0] === 'number' ? [items.join(' ')] : items.map(String)
}

function repliesTo(request: DemoRequest): DemoReply[] {
  return request.texts.map((text) => expectedReply({ ...request, texts: [text] }))
}

function envelope({ modelName }: DemoRequest) {
  return { id: 'cmpl-demo', object: 'text_completion', created: 1_767_225_600, model: modelName }
}

function choice(index: number, text: string, finish: string | null) {
  return { text, index, logprobs: null, finish_reason: finish }
}

function frame(request: DemoRequest, choices: readonly object[], usage?: object): string {
  const body = { ...envelope(request), choices, ...(usage === undefined ? {} : { usage }) }
  return `data: ${JSON.stringify(body)}\n\n`
}

function usageOf(replies: readonly DemoReply[]) {
  const prompt = replies.reduce((sum, reply) => sum + reply.promptTokens, 0)
  const completion = replies.reduce((sum, reply) => sum + reply.completionTokens, 0)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  }
}
