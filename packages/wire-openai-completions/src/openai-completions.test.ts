import { describe, expect, test } from '@jest/globals'
import { createDemoProvider } from '@sluice/demo-provider'
import { systemClock } from '@sluice/kernel/clock'
import { fromUnknown, toGenerationError } from '@sluice/kernel/errors'
import { serve } from '@sluice/kernel/http-server'
import { conversionBetween } from '@sluice/wire/translate'
import type { ReplyEdits, TargetEdits } from '@sluice/wire/wire-format'
import { openAiChat } from '@sluice/wire-openai-chat'
import fc from 'fast-check'
import { openAiCompletions } from './openai-completions.ts'

const target: TargetEdits = {
  upstreamModel: 'demo/chat',
  stream: false,
  maxTokens: null,
  traits: {},
}
const edits: ReplyEdits = {
  model: 'acme/one',
  includeUsage: false,
  requestId: 'r-1',
  created: 1,
  maxEventBytes: 10_000,
  request: null,
}
const body = (value: object) => Buffer.from(JSON.stringify({ model: 'acme/one', ...value }))
const native = conversionBetween(openAiCompletions, openAiCompletions)
const toChat = conversionBetween(openAiCompletions, openAiChat)

async function ask(conversion: typeof native, request: Buffer, stream: boolean): Promise<Buffer> {
  await using demo = await serve(createDemoProvider({ clock: systemClock }), {
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
  })
  const at = { ...target, stream }
  const sent = conversion.encodeRequest(request, at)
  const reply = await fetch(conversion.url(`${demo.url}/v1`, at), {
    method: 'POST',
    headers: { 'x-demo-tokens': '3' },
    body: new Uint8Array(sent.body),
  })
  return Buffer.from(await reply.arrayBuffer())
}

interface Completion {
  readonly object: string
  readonly model: string
  readonly choices: { text: string; index: number; finish_reason: string | null }[]
  readonly usage?: object
}
const completion = (data: Buffer | string) => JSON.parse(data.toString()) as Completion

/** Reads a stream that was cut in two, and keeps what could be shown before its end. */
function readStream(conversion: typeof native, bytes: Buffer, cut: number, options = edits) {
  const decoder = conversion.createStreamDecoder(options)
  const before = [...decoder.push(bytes.subarray(0, cut)), ...decoder.push(bytes.subarray(cut))]
  return { before, end: decoder.end(), outputCharacters: decoder.outputCharacters }
}

function refusalOf(attempt: () => unknown) {
  try {
    attempt()
  } catch (problem) {
    return toGenerationError(fromUnknown(problem))
  }
  throw new Error('it was let through')
}

describe('M-014, T58: a provider that has completions', () => {
  test('gets the caller’s bytes, and gives one choice for each prompt, in order', async () => {
    const request = body({ prompt: ['a', 'b'], echo: true, best_of: 3 })
    expect(native.encodeRequest(request, target).body.toString()).toBe(
      request.toString().replace('acme/one', 'demo/chat'),
    )
    const { data, usage } = native.decodeReply(await ask(native, request, false), edits)
    expect(completion(data)).toMatchObject({ object: 'text_completion', model: 'acme/one' })
    expect(completion(data).choices.map(({ index }) => index)).toEqual([0, 1])
    expect(usage).toMatchObject({ output_tokens: 6 })
  })

  test('streams them, the end of the last one held back, wherever the bytes are cut', async () => {
    const bytes = await ask(native, body({ prompt: ['a', 'b'], stream: true }), true)
    const whole = readStream(native, bytes, 0)
    const shown = whole.before.flatMap((text) => completion(text).choices)
    const ended = shown.filter((choice) => choice.finish_reason !== null)
    expect(ended.map(({ index }) => index)).toEqual([0])
    expect(whole.end).toMatchObject({ ok: true, finishReason: 'stop' })
    if (!whole.end.ok) return
    expect(whole.end.events.at(-1)).toBe('[DONE]')
    expect(whole.end.events.join()).not.toContain('usage')
    expect(whole.end.usage).toMatchObject({ output_tokens: 6 })
    fc.assert(
      fc.property(fc.nat(bytes.length), (cut) => {
        expect(readStream(native, bytes, cut)).toEqual(whole)
      }),
    )
    const counted = readStream(native, bytes, 0, { ...edits, includeUsage: true }).end
    expect(counted.ok && counted.events.at(-2)).toMatch(/"choices":\[\],"usage"/)
  })

  test.each([
    ['cut before its finish', 'data: {"choices":[{"text":"a","index":0}]}\n\ndata: [DONE]\n\n'],
    ['an error', 'data: {"choices":[{"text":"a"}]}\n\ndata: {"error":{"message":"no"}}\n\n'],
    ['garbage', 'data: {"cho\n\n'],
    ['nothing', ''],
    ['an event too large', `data: {"choices":[{"text":"${'x'.repeat(20_000)}"}]}\n\n`],
  ])('%s is no whole answer', (_name, text) => {
    expect(readStream(native, Buffer.from(text), 0).end.ok).toBe(false)
  })

  test.each(['', '<html>', '{"choices":[]}', '{"error":{"message":"no"}}'])(
    '%j is no reply',
    (text) => {
      expect(() => native.decodeReply(Buffer.from(text), edits)).toThrow()
    },
  )
})

describe('T58: a provider that has chat only', () => {
  const request = body({ prompt: 'Hello', max_tokens: 9, stop: ['x'], echo: true })

  test('is asked one user message, and its answer is a text, after the prompt that is wanted back', async () => {
    const sent = toChat.encodeRequest(request, target)
    expect(JSON.parse(sent.body.toString())).toEqual({
      model: 'demo/chat',
      messages: [{ role: 'user', content: 'Hello' }],
      max_tokens: 9,
      stop: ['x'],
    })
    const asked = { ...edits, request: sent.request }
    const { data } = toChat.decodeReply(await ask(toChat, request, false), asked)
    expect(completion(data)).toMatchObject({
      object: 'text_completion',
      choices: [{ text: 'HelloThis is the', index: 0, finish_reason: 'stop' }],
    })
  })

  test('streams', async () => {
    const bytes = await ask(toChat, request, true)
    const { request: read } = toChat.encodeRequest(request, target)
    const { before, end } = readStream(toChat, bytes, 0, { ...edits, request: read })
    expect(before.map((text) => completion(text).choices[0]?.text).join('')).toBe(
      'HelloThis is the',
    )
    expect(end.ok && end.events.at(-1)).toBe('[DONE]')
  })

  test.each([
    ['prompt', { prompt: ['a', 'b'] }],
    ['prompt', { prompt: [1, 2] }],
    ['prompt', { prompt: [[1, 2]] }],
    ['suffix', { prompt: 'a', suffix: 'z' }],
    ['best_of', { prompt: 'a', best_of: 2 }],
  ])('what it cannot do is a 400 that names %s', (param, value) => {
    const refusal = refusalOf(() => toChat.encodeRequest(body(value), target))
    expect(refusal).toMatchObject({ status: 400, param })
  })
})

test.each([
  ['prompt', {}],
  ['prompt', { prompt: [] }],
  ['prompt', { prompt: 3 }],
  ['temperature', { prompt: 'a', temperature: 3 }],
  ['logprobs', { prompt: 'a', logprobs: true }],
])('M-010: %s of %j is refused at the edge', (param, value) => {
  const refusal = refusalOf(() => openAiCompletions.parseRequest(body(value)))
  expect(refusal).toMatchObject({ status: 400, param })
})
