import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { collectParts } from '@sluice/wire/stream-parts'
import { decodeReply } from './decode-reply.ts'
import { createPartDecoder } from './decode-stream.ts'
import { passReply } from './pass-reply.ts'
import { createPassThrough } from './pass-through.ts'

const read = (name: string) => readFileSync(new URL(`__fixtures__/${name}`, import.meta.url))
const stream = read('2026-11-web-search-and-call.sse')
const reply = read('2026-11-web-search-and-call.json')
const requestId = '01a1ffac-62d5-734b-ae8d-fd3d4d969312'
const edits = {
  model: 'acme/fast',
  includeUsage: true,
  requestId,
  created: 1,
  maxEventBytes: 100_000,
  request: null,
}

/** What another wire can show of it: a search that the vendor ran, and where a text was found, it cannot. */
const content = [
  {
    type: 'reasoning',
    text: '**Looking it up**\n\nThe user wants news.\n\n**Answering**',
    redacted: 'gAAAAABpYQ',
    id: 'rs_67ccf190',
    origin: 'openai-responses',
  },
  { type: 'text', text: 'Sluices ⟂ hold water [1].' },
  { type: 'tool-call', id: 'call_hY7', name: 'get_weather', arguments: '{"city":"Bern"}' },
]
const usage = {
  input_tokens: 812,
  output_tokens: 97,
  cached_input_tokens: 640,
  cache_write_tokens: 0,
  reasoning_tokens: 64,
  estimated: false,
}

describe('an answer in the form that OpenAI documents, with a search, thoughts, a text and a call', () => {
  test('is read the same as a stream and as a plain reply', () => {
    const decoder = createPartDecoder(edits)
    const parts = decoder.push(stream)
    expect(decoder.end()).toMatchObject({ ok: true, finish: { reason: 'tool_calls' }, usage })
    expect(collectParts(parts)).toEqual(content)
    const plain = decodeReply(reply, edits)
    expect(plain).toEqual({ content, finish: { reason: 'tool_calls' }, usage })
  })

  test('is passed on event by event; only what names the response and the model is ours', () => {
    const sent = String(stream)
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)) as { response?: object })
    const passing = createPassThrough(edits)
    const published = passing.push(stream)
    const end = passing.end()
    const received = [...published, ...(end.ok ? end.events : [])].map(
      (payload) => JSON.parse(payload) as object,
    )
    const ours = { id: `resp_${requestId}`, model: 'acme/fast' }
    expect(received).toEqual(
      sent.map((event) =>
        event.response ? { ...event, response: { ...event.response, ...ours } } : event,
      ),
    )
    const plain = passReply(reply, edits)
    const text = String(reply)
      .replace(/"id": "resp_\w+"/, `"id": ${JSON.stringify(ours.id)}`)
      .replace('"gpt-5.2-2025-12-11"', '"acme/fast"')
    expect(JSON.parse(String(plain.data))).toEqual(JSON.parse(text))
    expect(plain.usage).toEqual(usage)
  })
})
