import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { RequestId } from '@sluice/contracts/ids'
import { errorOf, gatewayUnderTest, postChat } from './support/gateway.ts'

const { apis, key } = gatewayUnderTest()
const chat = { model: 'demo/chat', messages: [{ role: 'user', content: 'Hello' }] }

interface MalformedCase {
  readonly name: string
  readonly body: string
  readonly param: string | null
}
const fixture = new URL(
  '../packages/wire-openai-chat/src/__fixtures__/malformed-chat-requests.json',
  import.meta.url,
)
const malformed = JSON.parse(readFileSync(fixture, 'utf8')) as MalformedCase[]

describe.each(apis)('the edge of %s', (api) => {
  describe('200', () => {
    test('M-026: the gateway makes the request id; the caller’s own is kept beside it', async () => {
      const response = await postChat(api, chat, { headers: { 'x-request-id': 'mine-1' } })
      const id = response.headers.get('x-request-id')
      expect(RequestId.safeParse(id).success).toBe(true)
      expect(response.headers.get('request-id')).toBe(id)
      expect(response.headers.get('x-client-request-id')).toBe('mine-1')
      await response.text()
    })

    test.each([false, true])(
      'M-027: says which backend and model answered and why (stream: %s)',
      async (stream) => {
        const response = await postChat(api, { ...chat, stream })
        expect(response.headers.get('x-backend-used')).toBe('demo')
        expect(response.headers.get('x-model-used')).toBe('demo/chat')
        expect(response.headers.get('x-router-reason')).toMatch(/^model;/)
        await response.text()
      },
    )

    test('M-002: a stream is SSE with an id on every event and [DONE] last', async () => {
      const response = await postChat(api, { ...chat, stream: true })
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
      expect(response.headers.get('x-accel-buffering')).toBe('no')
      const frames = (await response.text()).split('\n\n').filter((frame) => frame !== '')
      for (const frame of frames) expect(frame).toMatch(/^id: \d+-\d+(\.\d+)?\ndata: /)
      const ids = frames.map((frame) => frame.split('\n', 1)[0])
      expect(new Set(ids).size).toBe(ids.length)
      expect(frames.at(-1)).toMatch(/data: \[DONE\]$/)
    })

    test('M-002: a provider that gives a finish reason but no end marker still ends with [DONE]', async () => {
      const response = await postChat(api, { ...chat, model: 'demo/chat:no-done', stream: true })
      expect((await response.text()).trimEnd()).toMatch(/data: \[DONE\]$/)
    })

    test('M-002, B-04: a provider that closes without a finish reason ends in an error event, without [DONE]', async () => {
      const response = await postChat(api, { ...chat, model: 'demo/chat:truncate', stream: true })
      const text = await response.text()
      expect(text).toContain('"error"')
      expect(text).not.toContain('[DONE]')
    })

    test('M-003: tokens arrive as they are produced', async () => {
      const headers = { 'x-demo-tokens': '5', 'x-demo-interval-ms': '200' }
      const response = await postChat(api, { ...chat, stream: true }, { headers })
      const arrivals = new Set<number>()
      const start = performance.now()
      for await (const _chunk of response.body ?? [])
        arrivals.add(Math.floor((performance.now() - start) / 100))
      expect(arrivals.size).toBeGreaterThanOrEqual(4)
    })

    test.each(['/v1/chat/completions/', '/chat/completions', '/api/client/v1/chat/completions'])(
      '%s is the same route',
      async (path) => {
        const response = await fetch(api + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify(chat),
          redirect: 'error',
        })
        expect(response.status).toBe(200)
        await response.text()
      },
    )

    test.each(['x-api-key', 'api-key'])('a key in %s is taken', async (name) => {
      const headers = { [name]: key, 'content-type': 'application/json' }
      const response = await fetch(`${api}/v1/chat/completions`, {
        method: 'POST',
        headers,
        body: JSON.stringify(chat),
      })
      expect(response.status).toBe(200)
      await response.text()
    })

    test('M-300, M-301: alive, and ready with the adapters that serve', async () => {
      expect(await (await fetch(`${api}/health`)).json()).toEqual({ status: 'ok' })
      const ready = (await (await fetch(`${api}/readyz`)).json()) as {
        status: string
        adapters: Record<string, string>
        checks: { name: string }[]
      }
      expect(ready.status).toBe('ok')
      expect(ready.adapters['generations']).toBe(
        gatewayUnderTest().mode === 'embedded' ? 'memory' : 'redis',
      )
      expect(ready.checks.length).toBeGreaterThan(0)
    })

    test('M-030: security headers', async () => {
      const response = await fetch(`${api}/v1/models`, {
        headers: { authorization: `Bearer ${key}` },
      })
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('content-security-policy')).toContain('frame-ancestors')
      await response.text()
    })

    test('M-029: CORS is off by default', async () => {
      const response = await fetch(`${api}/v1/models`, {
        headers: { authorization: `Bearer ${key}`, origin: 'https://example.com' },
      })
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      await response.text()
    })
  })

  describe('400', () => {
    test('M-010: the fixture has at least twenty malformed bodies', () => {
      expect(malformed.length).toBeGreaterThanOrEqual(20)
    })

    test.each(malformed)('M-010: $name names its field', async ({ body, param }) => {
      const response = await postChat(api, body)
      expect(response.status).toBe(400)
      const error = await errorOf(response)
      expect(error.param).toBe(param)
      expect(error.type).toBe('invalid_request_error')
    })
  })

  describe('401', () => {
    test('no key at all', async () => {
      const response = await fetch(`${api}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(chat),
      })
      expect(response.status).toBe(401)
      expect((await errorOf(response)).code).toBe('invalid_api_key')
    })
  })

  describe('404', () => {
    test('M-025: an unknown route', async () => {
      const response = await fetch(`${api}/nope`)
      expect(response.status).toBe(404)
      expect((await errorOf(response)).code).toBe('resource_not_found')
    })

    test('M-302: metrics are not on the API port', async () => {
      const response = await fetch(`${api}/metrics`)
      expect(response.status).toBe(404)
      await response.text()
    })
  })

  describe('413 and 415', () => {
    test('M-028: 34 MB on the inference route', async () => {
      const body = JSON.stringify({ ...chat, padding: 'x'.repeat(34 * 1024 * 1024) })
      const response = await postChat(api, body)
      expect(response.status).toBe(413)
      expect((await errorOf(response)).code).toBe('request_too_large')
    })

    test('M-028: 11 MB elsewhere', async () => {
      const response = await fetch(`${api}/v1/models`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: 'x'.repeat(11 * 1024 * 1024),
      })
      expect(response.status).toBe(413)
      await response.text()
    })

    test('M-028: text/plain', async () => {
      const response = await postChat(api, chat, { headers: { 'content-type': 'text/plain' } })
      expect(response.status).toBe(415)
      await response.text()
    })
  })

  describe('5xx', () => {
    test.each([
      // The provider's own words, since it speaks the caller's dialect.
      ['demo/chat:500', 500],
      ['demo/chat:503', 503],
      ['demo/chat:html', 502],
    ])(
      '%s is answered with %d in OpenAI’s shape, as JSON even for a stream',
      async (model, status) => {
        for (const stream of [false, true]) {
          const response = await postChat(api, { ...chat, model, stream })
          expect(response.status).toBe(status)
          expect(response.headers.get('content-type')).toMatch(/^application\/json/)
          expect(await errorOf(response)).toMatchObject({
            message: expect.any(String),
            type: expect.any(String),
          })
        }
      },
    )
  })
})
