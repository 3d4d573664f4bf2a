import { type DemoReply, repliesTo } from './demo-reply.ts'
import { type DemoRequest, parseModelName, readChoices, readPace } from './demo-request.ts'
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
      choices: readChoices(body['n']),
      echoes: body['echo'] === true,
      pace: readPace(name.model, name.scenario, texts, headers),
    }
  },

  plain(request) {
    const answers = answersTo(request)
    const choices = answers.map(({ echo, reply: { tokens, finishReason } }, index) => ({
      text: echo + tokens.join(''),
      index,
      logprobs: null,
      finish_reason: finishReason,
    }))
    return JSON.stringify({ ...envelope(request), choices, usage: usageOf(request, answers) })
  },

  opening: () => '',

  *parts(request) {
    for (const [index, { echo, reply }] of answersTo(request).entries()) {
      if (echo !== '') yield [frame(request, [choice(index, echo, null)]), 0]
      for (const token of reply.tokens) yield [frame(request, [choice(index, token, null)]), 1]
    }
  },

  last(request) {
    const answers = answersTo(request)
    const ends = answers
      .map(({ reply }, index) => frame(request, [choice(index, '', reply.finishReason)]))
      .join('')
    return request.includeUsage ? ends + frame(request, [], usageOf(request, answers)) : ends
  },
}

function promptsOf(prompt: unknown): string[] | null {
  if (typeof prompt === 'string') return [prompt]
  if (!Array.isArray(prompt) || prompt.length === 0) return null
  const items = prompt as unknown[]
  return typeof items[0] === 'number' ? [items.join(' ')] : items.map(String)
}

interface Answer {
  /** What stands before it. */
  readonly echo: string
  readonly reply: DemoReply
}

/** All answers to the first prompt, then those to the next. */
function answersTo(request: DemoRequest): Answer[] {
  return request.texts.flatMap((text) =>
    repliesTo({ ...request, texts: [text] }).map((reply) => ({
      echo: request.echoes === true ? text : '',
      reply,
    })),
  )
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

/** A prompt counts once, however many its answers. */
function usageOf({ choices = 1 }: DemoRequest, answers: readonly Answer[]) {
  const prompt = answers.reduce((sum, { reply }) => sum + reply.promptTokens, 0) / choices
  const completion = answers.reduce((sum, { reply }) => sum + reply.completionTokens, 0)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  }
}
