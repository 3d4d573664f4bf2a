import { describe, expect, test } from '@jest/globals'
import type { ReportedUsage } from '@sluice/contracts/usage'
import { decodeEmbedding, encodeEmbedding } from '@sluice/wire/embedding-encoding'
import type { OperationFormat, Payload } from '@sluice/wire/operation-format'
import type { TargetEdits } from '@sluice/wire/wire-format'
import { embeddings } from './embeddings.ts'
import { images } from './images.ts'
import { moderations } from './moderations.ts'
import { readOperation } from './read-operation.ts'
import { rerank } from './rerank.ts'
import { speech } from './speech.ts'
import { transcriptions } from './transcriptions.ts'

const target: TargetEdits = { upstreamModel: 'up', stream: false, maxTokens: null, traits: {} }
const json = (value: unknown): Payload => ({
  data: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  contentType: 'application/json',
})
const edits = (asked: unknown) => ({
  model: 'acme/one',
  requestId: 'r-1',
  created: 1,
  asked: json(asked),
})
const read = (payload: Payload) => JSON.parse(payload.data.toString()) as Record<string, unknown>
const sent = (format: OperationFormat, body: unknown, traits: TargetEdits['traits'] = {}) =>
  format.encodeRequest(json(body), { ...target, traits }).data.toString()
const replied = (format: OperationFormat, reply: unknown, asked: unknown) =>
  read(format.decodeReply(json(reply), edits(asked)))

const values = [0.5, -0.25, 1]
const base64 = encodeEmbedding(values)
const vectors = (...items: unknown[]) => ({
  object: 'list',
  model: 'up',
  data: items.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  usage: { prompt_tokens: 3, total_tokens: 3 },
})

describe('T57, ingress rule 7: embeddings', () => {
  const asked = { model: 'acme/one', input: ['a', 'b'] }
  const embeddingsOf = (reply: Record<string, unknown>) =>
    (reply['data'] as { embedding: unknown }[]).map(({ embedding }) => embedding)

  test.each([
    [undefined, values, values],
    [undefined, base64, values],
    [null, base64, values],
    ['float', base64, values],
    ['float', values, values],
    ['base64', values, base64],
    ['base64', base64, base64],
  ])('asked for %p', (format, given, wanted) => {
    const body = format === undefined ? asked : { ...asked, encoding_format: format }
    const reply = replied(embeddings, vectors(given, given), body)
    expect(embeddingsOf(reply)).toEqual([wanted, wanted])
    expect(reply).toMatchObject({ model: 'acme/one', usage: { prompt_tokens: 3 } })
  })

  test('what is asked for reaches the provider as it is; null reaches none', () => {
    expect(
      sent(embeddings, '{"model":"x", "input":[[1,2],"b", " "],"encoding_format":"base64"}'),
    ).toBe('{"model":"up","input":[[1,2],"b", " "],"encoding_format":"base64"}')
    expect(sent(embeddings, { ...asked, encoding_format: null })).not.toContain('encoding_format')
  })

  test('a reply in the encoding that was asked for keeps its bytes, but for the model', () => {
    const text = '{"data":[{"embedding":[1.0, 2e0],"x":1}],  "model":"up","usage":{}}'
    const { data } = embeddings.decodeReply(json(text), edits(asked))
    expect(data.toString()).toBe(
      '{"data":[{"embedding":[1.0, 2e0],"x":1}],"model":"acme/one","usage":{}}',
    )
  })

  test('dimensions of a model that has one number only are refused', () => {
    const body = { ...asked, dimensions: 8 }
    expect(() => sent(embeddings, body, { refuses: ['dimensions'] })).toThrow(/dimensions/)
    expect(sent(embeddings, body)).toContain('"dimensions":8')
  })

  test.each([{}, { data: [] }, { data: [{}] }, vectors('no base64!'), { error: { message: 'x' } }])(
    'a 200 that holds no vectors is an error: %j',
    (reply) => {
      expect(() => replied(embeddings, reply, asked)).toThrow()
    },
  )

  test('base64 of odd alignment is read', () => {
    for (let cut = 0; cut < 4; cut += 1) Buffer.from('x'.repeat(cut))
    expect(decodeEmbedding(base64)).toEqual(values)
  })
})

describe('M-015: rerank', () => {
  const asked = { model: 'm', query: 'q', documents: ['a', 'b', 'c'], top_n: 2 }
  const results = [
    { index: 0, relevance_score: 0.1 },
    { index: 1, relevance_score: 0.9, document: { text: 'b' } },
    { index: 2, relevance_score: 0.5 },
  ]

  test('sorted, and no more than top_n', () => {
    const reply = replied(rerank, { results, model: 'up', usage: { total_tokens: 9 } }, asked)
    expect(reply['results']).toEqual([results[1], results[2]])
    expect(reply['model']).toBe('acme/one')
  })

  test('Voyage’s list and scores, Cohere’s counts', () => {
    const data = results.map(({ index, relevance_score: score }) => ({ index, score }))
    const reply = rerank.decodeReply(
      json({ data, meta: { tokens: { input_tokens: 7 } } }),
      edits({ ...asked, top_n: undefined }),
    )
    expect(read(reply)['results']).toMatchObject([{ index: 1 }, { index: 2 }, { index: 0 }])
    expect(reply.usage).toMatchObject({ input_tokens: 7, estimated: false })
  })

  test('results without a score are an error', () => {
    expect(() => replied(rerank, { results: [{ index: 0 }] }, asked)).toThrow()
  })
})

test('M-020: a moderation names the caller’s model; without results it is an error', () => {
  const reply = replied(moderations, { model: 'up', results: [{ flagged: true }] }, {})
  expect(reply).toEqual({ model: 'acme/one', results: [{ flagged: true }] })
  expect(() => replied(moderations, {}, {})).toThrow()
})

describe('M-017: images', () => {
  test('travel as they are, and are counted', () => {
    const text = '{"created":1,  "data":[{"url":"a"},{"url":"b"}]}'
    const reply = images.decodeReply(json(text), edits({}))
    expect(reply.data.toString()).toBe(text)
    expect((reply.usage as ReportedUsage).images).toBe(2)
  })

  test('only the prompt is what a model reads', () => {
    const encoded = images.encodeRequest(json({ model: 'm', prompt: 'cat', size: '1x1' }), target)
    expect(encoded.inputCharacters).toBe(3)
  })
})

describe('M-018: speech', () => {
  const sound = { data: Buffer.from([0, 255, 10, 13]), contentType: 'audio/mpeg' }

  test('bytes and type of the provider', () => {
    expect(speech.decodeReply(sound, edits({}))).toMatchObject(sound)
  })

  test.each([
    { ...sound, data: Buffer.alloc(0) },
    { ...sound, contentType: 'application/json' },
    { ...sound, contentType: 'text/html' },
  ])('no sound is an error: $contentType', (reply) => {
    expect(() => speech.decodeReply(reply, edits({}))).toThrow()
  })
})

describe('M-019: transcriptions', () => {
  const reply = (data: string, contentType: string) =>
    transcriptions.decodeReply({ data: Buffer.from(data), contentType }, edits({}))

  test('JSON with the counts of sound', () => {
    const usage = { input_tokens: 5, output_tokens: 2, input_token_details: { audio_tokens: 5 } }
    expect(reply(JSON.stringify({ text: 'hi', usage }), 'application/json').usage).toMatchObject({
      input_tokens: 5,
      audio_input_tokens: 5,
      output_tokens: 2,
    })
  })

  test('text and subtitles as they are', () => {
    expect(reply('1\n00:00 --> 00:01\nhi\n', 'text/plain')).toMatchObject({
      contentType: 'text/plain',
      usage: null,
    })
  })

  test.each([
    ['', 'application/json'],
    ['<html>', 'text/html'],
    ['{"error":{"message":"no"}}', 'application/json'],
    ['{}', 'application/json'],
  ])('%j as %s is an error', (data, type) => {
    expect(() => reply(data, type)).toThrow()
  })
})

describe('an operation that is asked to stream', () => {
  const bodies = {
    embeddings: { input: 'a' },
    rerank: { query: 'a', documents: ['a'] },
    moderations: { input: 'a' },
    images: { prompt: 'a' },
    'image-edits': { prompt: 'a' },
    speech: { input: 'a', voice: 'alloy', stream_format: 'audio' },
  } as const

  test.each(Object.entries(bodies))('%s refuses it by its name, and nothing else', (name, body) => {
    const operation = name as keyof typeof bodies
    const read = (stream: unknown) =>
      readOperation(operation, json({ model: 'acme/one', ...body, stream }))
    expect(() => read(true)).toThrow(
      expect.objectContaining({ status: 400, param: 'stream' }) as unknown as Error,
    )
    for (const allowed of [false, null, undefined])
      expect(read(allowed)).toMatchObject({ model: 'acme/one', stream: false })
  })
})
