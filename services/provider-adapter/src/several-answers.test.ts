import { describe, expect, test } from '@jest/globals'
import { parseJson } from '@sluice/wire/json'
import { conversionBetween } from '@sluice/wire/translate'
import type { CallerFormat, ProviderFormat, ReplyEdits } from '@sluice/wire/wire-format'
import { gemini } from '@sluice/wire-gemini'
import { openAiChat } from '@sluice/wire-openai-chat'
import { openAiCompletions } from '@sluice/wire-openai-completions'

const target = { upstreamModel: 'fast-2', stream: true, maxTokens: null, traits: {} }
const edits: ReplyEdits = {
  model: 'acme/fast',
  includeUsage: true,
  requestId: '01a1ffac-62d5-734b-ae8d-fd3d4d969312',
  created: 1_790_000_000,
  maxEventBytes: 100_000,
  request: null,
}

const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 8, totalTokenCount: 18 }
const candidate = (index: number, parts: readonly object[], finishReason?: string) => ({
  content: { role: 'model', parts },
  ...(finishReason === undefined ? {} : { finishReason }),
  index,
})
const call = { functionCall: { name: 'get_time', args: {} } }

const chatChunk = (index: number, delta: object, finish: string | null = null) => ({
  choices: [{ index, delta, finish_reason: finish }],
})

/** The pieces of each choice, put together again. */
interface Read {
  readonly texts: string[]
  readonly finishes: string[]
  readonly calls: string[]
  readonly usages: unknown[]
}

function readChunks(payloads: readonly string[]): Read {
  const read: Read = { texts: [], finishes: [], calls: [], usages: [] }
  for (const payload of payloads) {
    if (payload === '[DONE]') continue
    const chunk = parseJson(payload) as {
      choices: {
        index: number
        text?: string
        delta?: { content?: string; tool_calls?: { function: { name?: string } }[] }
        finish_reason: string | null
      }[]
      usage?: unknown
    }
    if (chunk.usage != null) read.usages.push(chunk.usage)
    for (const { index, text, delta, finish_reason: finish } of chunk.choices) {
      read.texts[index] = (read.texts[index] ?? '') + (text ?? delta?.content ?? '')
      if (finish !== null) read.finishes[index] = finish
      for (const { function: called } of delta?.tool_calls ?? [])
        if (called.name !== undefined) read.calls.push(`${String(index)} ${called.name}`)
    }
  }
  return read
}

function stream(caller: CallerFormat, provider: ProviderFormat, events: readonly object[]) {
  const decoder = conversionBetween(caller, provider).createStreamDecoder(edits)
  const bytes = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  const payloads = [...decoder.push(Buffer.from(bytes))]
  const end = decoder.end()
  return { end, read: readChunks([...payloads, ...(end.ok ? end.events : [])]) }
}

describe('T37 several answers to one call (`n`)', () => {
  const body = Buffer.from(
    JSON.stringify({ model: 'acme/fast', n: 2, messages: [{ role: 'user', content: 'Hello' }] }),
  )

  test('are asked of Gemini as candidates', () => {
    const { body: sent, adapted } = conversionBetween(openAiChat, gemini).encodeRequest(
      body,
      target,
    )
    expect(parseJson(sent.toString())).toMatchObject({ generationConfig: { candidateCount: 2 } })
    expect(adapted).toEqual([])
  })

  test('of a plain reply all become choices, each with its own end, and the usage is counted once', () => {
    const reply = {
      candidates: [
        candidate(1, [call], 'STOP'),
        candidate(0, [{ text: 'One ' }, { text: 'text' }], 'MAX_TOKENS'),
      ],
      usageMetadata,
    }
    const decoded = conversionBetween(openAiChat, gemini).decodeReply(
      Buffer.from(JSON.stringify(reply)),
      edits,
    )
    expect(parseJson(decoded.data.toString())).toMatchObject({
      choices: [
        { index: 0, message: { content: 'One text' }, finish_reason: 'length' },
        {
          index: 1,
          message: { tool_calls: [{ function: { name: 'get_time', arguments: '{}' } }] },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 8 },
    })
    expect(decoded.outputCharacters).toBe('One text'.length + 'get_time{}'.length)
  })

  test('of a stream become chunks of their index, also where they interleave', () => {
    const { end, read } = stream(openAiChat, gemini, [
      { candidates: [candidate(0, [{ text: 'a' }]), candidate(1, [{ text: 'x' }])] },
      { candidates: [candidate(1, [{ text: 'y' }, call], 'STOP')] },
      { candidates: [candidate(0, [{ text: 'b' }], 'MAX_TOKENS')], usageMetadata },
    ])
    expect(end).toMatchObject({ ok: true, finishReason: 'length' })
    expect(read).toEqual({
      texts: ['ab', 'xy'],
      finishes: ['length', 'tool_calls'],
      calls: ['1 get_time'],
      usages: [expect.objectContaining({ completion_tokens: 8 })],
    })
  })

  test('a stream that ends before one of them has is cut short', () => {
    const { end } = stream(openAiChat, gemini, [
      { candidates: [candidate(0, [{ text: 'a' }], 'STOP'), candidate(1, [{ text: 'x' }])] },
    ])
    expect(end.ok).toBe(false)
  })

  test('legacy completions get them from a chat model, plain and streamed', () => {
    const { end, read } = stream(openAiCompletions, openAiChat, [
      chatChunk(0, { content: 'a' }),
      chatChunk(1, { content: 'x' }),
      chatChunk(0, {}, 'length'),
      chatChunk(1, { content: 'y' }),
      chatChunk(1, {}, 'stop'),
    ])
    expect(end.ok).toBe(true)
    expect(read).toMatchObject({ texts: ['a', 'xy'], finishes: ['length', 'stop'] })
    const reply = {
      choices: [
        { index: 0, message: { content: 'a' }, finish_reason: 'stop' },
        { index: 1, message: { content: 'x' }, finish_reason: 'length' },
      ],
    }
    const decoded = conversionBetween(openAiCompletions, openAiChat).decodeReply(
      Buffer.from(JSON.stringify(reply)),
      edits,
    )
    expect(parseJson(decoded.data.toString())).toMatchObject({
      choices: [
        { index: 0, text: 'a', finish_reason: 'stop' },
        { index: 1, text: 'x', finish_reason: 'length' },
      ],
    })
  })

  test('the second of a schema tool is text, too', () => {
    const decoder = conversionBetween(openAiChat, gemini).createStreamDecoder({
      ...edits,
      hints: { schemaTool: 'answer' },
    })
    const answer = { functionCall: { name: 'answer', args: { a: 1 } } }
    const event = { candidates: [candidate(0, [answer], 'STOP'), candidate(1, [answer], 'STOP')] }
    const payloads = decoder.push(Buffer.from(`data: ${JSON.stringify(event)}\n\n`))
    const end = decoder.end()
    const read = readChunks([...payloads, ...(end.ok ? end.events : [])])
    expect(read).toMatchObject({
      texts: ['{"a":1}', '{"a":1}'],
      finishes: ['stop', 'stop'],
      calls: [],
    })
  })
})
