import { describe, expect, test } from '@jest/globals'
import { APIError, toFile } from 'openai'
import { gatewayUnderTest, getGeneration, sdk } from './support/gateway.ts'

const { apis, key } = gatewayUnderTest()

function post(api: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(api + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body instanceof FormData ? body : JSON.stringify(body),
  })
}

async function statusOf(promise: Promise<unknown>): Promise<number | undefined> {
  return promise.then(
    () => 200,
    (error: unknown) => (error instanceof APIError ? (error.status as number) : undefined),
  )
}

describe.each(apis)('operations of %s', (api) => {
  const client = sdk(api)

  describe('embeddings', () => {
    test('M-012, T57: two inputs are two vectors of the wished dimension, in order, whichever encoding is asked for', async () => {
      const ask = { model: 'demo/embed', input: ['first', 'second'], dimensions: 8 }
      // The SDK asks for base64 and decodes it by itself.
      const decoded = await client.embeddings.create(ask)
      const floats = await client.embeddings.create({ ...ask, encoding_format: 'float' })
      expect(decoded.data.map(({ index }) => index)).toEqual([0, 1])
      for (const { embedding } of decoded.data) expect(embedding).toHaveLength(8)
      expect(decoded.data[0]?.embedding).toEqual(floats.data[0]?.embedding)
      expect(decoded.data[0]?.embedding).not.toEqual(decoded.data[1]?.embedding)
      expect(decoded.model).toBe('demo/embed')
    })

    test('T57: tokens, a list of them, null as an encoding; another encoding is a 400', async () => {
      const tokens = await post(api, '/v1/embeddings', {
        model: 'demo/embed',
        input: [[1, 2, 3], [4]],
        encoding_format: null,
      })
      const { data } = (await tokens.json()) as { data: { embedding: number[] }[] }
      expect(data.map(({ embedding }) => embedding.length)).toEqual([64, 64])
      const odd = { model: 'demo/embed', input: 'a', encoding_format: 'int8' }
      expect((await post(api, '/embeddings', odd)).status).toBe(400)
    })

    test('are metered by the provider’s count', async () => {
      const response = await post(api, '/v1/embeddings', {
        model: 'demo/embed',
        input: 'x'.repeat(400),
      })
      const id = response.headers.get('x-request-id') ?? ''
      const generation = (await (await getGeneration(api, id)).json()) as Record<string, unknown>
      expect(generation).toMatchObject({
        state: 'completed',
        usage: { input_tokens: 100, output_tokens: 0, estimated: false },
        cost_nano_usd: 2_000,
      })
    })
  })

  test('M-015: rerank is sorted, takes top_n, and refuses an empty query', async () => {
    const ask = { model: 'demo/rerank', query: 'green apple', top_n: 2 }
    const documents = ['red car', 'green apple', 'an apple']
    const response = await post(api, '/v1/rerank', { ...ask, documents })
    const { results } = (await response.json()) as { results: { index: number }[] }
    expect(results.map(({ index }) => index)).toEqual([1, 2])
    expect((await post(api, '/v1/rerank', { ...ask, documents, query: '' })).status).toBe(400)
  })

  test('M-020: a moderation is the provider’s; without one the answer says what is missing', async () => {
    const { results } = await client.moderations.create({
      model: 'demo/moderate',
      input: ['fine', 'to be flagged'],
    })
    expect(results.map(({ flagged }) => flagged)).toEqual([false, true])
    const missing = await post(api, '/v1/moderations', { input: 'x' })
    expect(missing.status).toBe(404)
    expect(await missing.text()).toContain('omni-moderation-latest')
  })

  test('M-017: pictures by url, as base64 when wished, within a size; edits take a form', async () => {
    const ask = { model: 'demo/image', prompt: 'a cat' }
    const { data } = await client.images.generate(ask)
    const picture = await fetch(data?.[0]?.url ?? '', {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(picture.headers.get('content-type')).toBe('image/png')
    const inline = await client.images.generate({ ...ask, response_format: 'b64_json', n: 2 })
    expect(inline.data).toHaveLength(2)
    expect(
      Buffer.from(inline.data?.[0]?.b64_json ?? '', 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG')
    expect(
      await statusOf(client.images.generate({ ...ask, size: '4096x4096' as '1024x1024' })),
    ).toBe(400)
    const image = await toFile(Buffer.from('png'), 'a.png', { type: 'image/png' })
    const edited = await client.images.edit({ ...ask, image })
    expect(edited.data).toHaveLength(1)
  })

  test('M-018: speech is sound, and is billed', async () => {
    const response = await client.audio.speech.create({
      model: 'demo/speech',
      voice: 'alloy',
      input: 'hi',
    })
    expect(response.headers.get('content-type')).toMatch(/^audio\//)
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.subarray(0, 4).toString()).toBe('RIFF')
    expect(bytes.length).toBe(44 + 160)
    const id = response.headers.get('x-request-id') ?? ''
    const generation = await getGeneration(api, id)
    expect(await generation.json()).toMatchObject({ cost_nano_usd: 1_000_150 })
  })

  test('M-019: a recording becomes text; the form travels whole; an empty file is a 400', async () => {
    const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 256))
    const file = await toFile(bytes, 'a.wav', { type: 'audio/wav' })
    const { text } = await client.audio.transcriptions.create({ model: 'demo/transcribe', file })
    expect(text).toContain('5000 bytes')
    const again = await client.audio.translations.create({ model: 'demo/transcribe', file })
    expect(again.text).toBe(text)
    const form = new FormData()
    form.set('file', new File([bytes], 'a.wav'))
    form.set('response_format', 'text')
    form.set('model', 'demo/transcribe')
    const plain = await post(api, '/v1/audio/transcriptions', form)
    expect(plain.headers.get('content-type')).toMatch(/^text\/plain/)
    expect((await plain.text()).trim()).toBe(text)
    const empty = await toFile(Buffer.alloc(0), 'a.wav', { type: 'audio/wav' })
    const asked = client.audio.transcriptions.create({ model: 'demo/transcribe', file: empty })
    expect(await statusOf(asked)).toBe(400)
  })

  test('M-034: a form sent again under one key is one call, whatever boundary it has', async () => {
    const ask = () => {
      const form = new FormData()
      form.set('model', 'demo/transcribe')
      form.set('file', new File(['sound'], 'a.wav'))
      return post(api, '/v1/audio/transcriptions', form, { 'idempotency-key': idempotencyKey })
    }
    const idempotencyKey = crypto.randomUUID()
    const [first, second] = [await ask(), await ask()]
    expect(second.status).toBe(200)
    expect(second.headers.get('x-request-id')).toBe(first.headers.get('x-request-id'))
    await first.text()
    await second.text()
  })

  describe('legacy completions', () => {
    test('M-014, T58: a prompt is completed, a list of prompts gives a choice for each', async () => {
      const ask = { model: 'demo/chat', prompt: ['a', 'b'], max_tokens: 3 }
      const reply = await client.completions.create(ask)
      expect(reply.object).toBe('text_completion')
      expect(reply.choices.map(({ index }) => index)).toEqual([0, 1])
      expect(reply.choices[0]?.text).toBe('This is the')
      let text = ''
      for await (const chunk of await client.completions.create({
        ...ask,
        prompt: 'a',
        stream: true,
      })) {
        text += chunk.choices[0]?.text ?? ''
      }
      expect(text).toBe('This is the')
    })
  })

  test.each([
    ['/v1/embeddings', { model: 'demo/embed:429', input: 'a' }, 429],
    ['/v1/rerank', { model: 'demo/rerank:html', query: 'a', documents: ['b'] }, 502],
    ['/v1/audio/speech', { model: 'demo/speech:empty', input: 'a' }, 502],
    ['/v1/images/generations', { model: 'demo/chat', prompt: 'a', n: 99 }, 400],
    ['/v1/embeddings', { model: 'nobody/knows', input: 'a' }, 404],
  ])('%s: %j is a %d in OpenAI’s form', async (path, body, status) => {
    const response = await post(api, path, body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({
      error: { message: expect.any(String) as unknown },
    })
  })
})
