import { describe, expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { serve } from '@sluice/kernel/http-server'
import { createDemoProvider } from './demo-provider.ts'

type Json = Readonly<Record<string, unknown>>

interface Choice {
  readonly index: number
  readonly text?: string
  readonly message?: { readonly content: string }
  readonly delta?: { readonly content?: string }
  readonly content?: { readonly parts: readonly { readonly text?: string }[] }
  readonly finish_reason?: string | null
  readonly finishReason?: string
}

/** Either dialect's answer, or a piece of one. */
interface Body {
  readonly choices?: readonly Choice[]
  readonly candidates?: readonly Choice[]
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null
  readonly usageMetadata?: {
    readonly promptTokenCount: number
    readonly candidatesTokenCount: number
  }
  readonly error?: { readonly param?: string; readonly message: string }
}

async function ask(path: string, body: Json): Promise<{ status: number; text: string }> {
  const handler = createDemoProvider({ clock: systemClock })
  await using server = await serve(handler, { host: '127.0.0.1', port: 0, clock: systemClock })
  const reply = await fetch(server.url + path, { method: 'POST', body: JSON.stringify(body) })
  return { status: reply.status, text: await reply.text() }
}

/** What was said at each place, how each ended, and the last count. */
function read(pieces: readonly Body[]) {
  const texts: string[] = []
  const ends: string[] = []
  let usage: readonly [number, number] | undefined
  for (const piece of pieces) {
    for (const choice of piece.choices ?? piece.candidates ?? []) {
      const parts = choice.content?.parts.map(({ text }) => text ?? '').join('')
      const said = choice.text ?? choice.message?.content ?? choice.delta?.content ?? parts ?? ''
      texts[choice.index] = (texts[choice.index] ?? '') + said
      const end = choice.finish_reason ?? choice.finishReason
      if (end) ends[choice.index] = end.toLowerCase()
    }
    if (piece.usage) usage = [piece.usage.prompt_tokens, piece.usage.completion_tokens]
    const counts = piece.usageMetadata
    if (counts) usage = [counts.promptTokenCount, counts.candidatesTokenCount]
  }
  return { texts, ends, usage }
}

const plain = async (path: string, body: Json) =>
  read([JSON.parse((await ask(path, body)).text) as Body])
const streamed = async (path: string, body: Json) => {
  const { text } = await ask(path, body)
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('data: {'))
  return read(lines.map((line) => JSON.parse(line.slice(6)) as Body))
}

const options = { stream: true, stream_options: { include_usage: true } }
const contents = [{ parts: [{ text: 'Hi' }] }]
const dialects = {
  chat: {
    param: 'n',
    paths: ['/v1/chat/completions', '/v1/chat/completions'],
    body: (n?: unknown) => ({
      model: 'demo/chat',
      messages: [{ role: 'user', content: 'Hi' }],
      n,
    }),
    more: options,
  },
  completions: {
    param: 'n',
    paths: ['/v1/completions', '/v1/completions'],
    body: (n?: unknown) => ({ model: 'demo/chat', prompt: 'Hi', n }),
    more: options,
  },
  gemini: {
    param: 'generationConfig.candidateCount',
    paths: [
      '/v1beta/models/demo/chat:generateContent',
      '/v1beta/models/demo/chat:streamGenerateContent?alt=sse',
    ],
    body: (n?: unknown) => ({ contents, generationConfig: { candidateCount: n } }),
    more: {},
  },
} as const

describe.each(Object.entries(dialects))(
  'several answers, asked for in the words of %s',
  (_, it) => {
    const [path, streamPath] = it.paths

    test('each has words and an end of its own, plain and streamed; the usage is that of all', async () => {
      const one = await plain(path, it.body())
      const three = await plain(path, it.body(3))
      expect(three.texts).toHaveLength(3)
      expect(new Set(three.texts).size).toBe(3)
      expect(three.texts[0]).toBe(one.texts[0])
      expect(three.ends).toEqual(['stop', 'stop', 'stop'])
      expect(one.usage?.[1]).toBe(24)
      expect(three.usage).toEqual([one.usage?.[0], 72])
      expect(await streamed(streamPath, { ...it.body(3), ...it.more })).toEqual(three)
    })

    test('one is the same whether it is asked for or not', async () => {
      for (const n of [1, null])
        expect(await ask(path, it.body(n))).toEqual(await ask(path, it.body()))
      const once = { ...it.body(1), ...it.more }
      expect(await ask(streamPath, once)).toEqual(
        await ask(streamPath, { ...it.body(), ...it.more }),
      )
    })

    test.each([0, 9, 1.5, '2'])('%p of them are a 400', async (n) => {
      const { status, text } = await ask(path, it.body(n))
      expect(status).toBe(400)
      expect((JSON.parse(text) as Body).error?.message).toContain(it.param)
    })
  },
)

describe('legacy completions', () => {
  test('several prompts have their answers one prompt after the other, and count once each', async () => {
    const body = { model: 'demo/echo', prompt: ['one two', 'three'], n: 2 }
    const { texts, usage } = await plain('/v1/completions', body)
    expect(texts).toEqual(['one two', 'one two', 'three', 'three'])
    expect(usage).toEqual([4, 6])
  })

  test('echo puts the prompt before its answer, uncounted', async () => {
    const body = { model: 'demo/chat', prompt: ['One,', 'two,'], max_tokens: 2, echo: true }
    const { texts, usage } = await plain('/v1/completions', body)
    expect(texts).toEqual(['One,This is', 'two,This is'])
    expect(usage?.[1]).toBe(4)
    expect(await streamed('/v1/completions', { ...body, ...options })).toMatchObject({
      texts,
      usage,
    })
  })
})
