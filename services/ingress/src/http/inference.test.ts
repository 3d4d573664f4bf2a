import { describe, expect, test } from '@jest/globals'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { RequestId } from '@sluice/contracts/ids'
import type { Generations } from '@sluice/generations'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import {
  chat,
  errorOf,
  eventually,
  post,
  rawConnection,
  rawRequest,
  untilClosed,
} from '../../test/support/client.ts'
import { overlay, withTail } from '../../test/support/planted-generations.ts'
import type { Script, Work } from '../../test/support/scripted-worker.ts'
import { keys, startTestIngress } from '../../test/support/test-ingress.ts'

const chunk = (text: string) => JSON.stringify({ choices: [{ delta: { content: text } }] })
const stream = { ...chat, stream: true }
const failure: GenerationError = {
  code: 'upstream_error',
  status: 502,
  message: 'The provider failed',
  retryable: true,
}

const speaking =
  (...texts: string[]): Script =>
  async (work) => {
    for (const text of texts) await work.publish(chunk(text))
    await work.complete(chunk('.'), '[DONE]')
  }

describe('200', () => {
  test('M-001: a plain call is answered with what the provider sent, byte for byte', async () => {
    const reply = '{"id":"1", "choices":[{"message":{"content":"Grüße ☂"}}],"x-unknown":1}'
    await using ingress = await startTestIngress({ script: (work) => work.complete(reply) })
    const response = await post(ingress, chat)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe(reply)
  })

  test('T55 a plain answer whose tokens are an estimate says so', async () => {
    await using ingress = await startTestIngress({ script: (work) => work.complete('{}') })
    const ask = async (model: string) => (await post(ingress, { ...chat, model })).headers
    expect((await ask('acme/uncounted')).get('x-gateway-estimated')).toBe('true')
    expect((await ask('acme/fast')).get('x-gateway-estimated')).toBeNull()
  })

  test('M-002: a stream carries every event with an id of its own, and ends with [DONE]', async () => {
    await using ingress = await startTestIngress({ script: speaking('Grüße', ' ☂') })
    const response = await post(ingress, stream)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    const frames = (await response.text()).split('\n\n').slice(0, -1)
    const epoch = /^id: (\d+)-/.exec(frames[0] ?? '')?.[1] ?? ''
    expect(frames).toEqual([
      `id: ${epoch}-1\ndata: ${chunk('Grüße')}`,
      `id: ${epoch}-2\ndata: ${chunk(' ☂')}`,
      `id: ${epoch}-3.0\ndata: ${chunk('.')}`,
      `id: ${epoch}-3.1\ndata: [DONE]`,
    ])
  })

  test('M-003: an event reaches the client before the next one exists', async () => {
    const read = Promise.withResolvers<void>()
    await using ingress = await startTestIngress({
      async script(work) {
        await work.publish(chunk('first'))
        await read.promise
        await work.complete('[DONE]')
      },
    })
    const response = await post(ingress, stream)
    let text = ''
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString()
      if (text.includes('first')) read.resolve()
    }
    expect(text).toContain('[DONE]')
  })

  test.each([false, true])(
    'M-026: the gateway names the request; the caller’s name is kept beside it (stream: %s)',
    async (isStream) => {
      await using ingress = await startTestIngress({ script: speaking('a') })
      const headers = { 'x-request-id': 'mine' }
      const response = await post(ingress, { ...chat, stream: isStream }, { headers })
      const id = response.headers.get('x-request-id')
      expect(RequestId.safeParse(id).success).toBe(true)
      expect(response.headers.get('request-id')).toBe(id)
      expect(response.headers.get('x-client-request-id')).toBe('mine')
      await response.text()
    },
  )

  test.each([false, true])(
    'M-027: says who answered, why, and what was adapted (stream: %s)',
    async (isStream) => {
      await using ingress = await startTestIngress({ script: speaking('a') })
      const body = { ...chat, model: 'acme/adapted', stream: isStream }
      const { headers } = await post(ingress, body)
      expect(headers.get('x-backend-used')).toBe('stub')
      expect(headers.get('x-model-used')).toBe('stub/model')
      expect(headers.get('x-router-reason')).toBe('model; stub/model')
      expect(headers.get('x-gateway-adapted')).toBe('temperature')
    },
  )

  test('M-030: nothing is to be sniffed or framed', async () => {
    await using ingress = await startTestIngress()
    const { headers } = await post(ingress, chat)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBe("frame-ancestors 'none'")
    expect(headers.get('strict-transport-security')).toBeNull()
  })

  test('M-030: HSTS where clients come over TLS', async () => {
    await using ingress = await startTestIngress({ env: { PUBLIC_URL: 'https://ai.example.com' } })
    const { headers } = await post(ingress, chat)
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/)
  })

  test.each([
    '/v1/chat/completions/',
    '/v1/chat/completions?beta=true',
    '/chat/completions',
    '/api/client/v1/chat/completions',
  ])('%s is the same route', async (path) => {
    await using ingress = await startTestIngress()
    expect((await post(ingress, chat, { path })).status).toBe(200)
  })

  test.each([
    ['x-api-key', { 'x-api-key': keys.all }],
    ['api-key', { 'api-key': keys.all }],
    ['the valid one of several', { authorization: 'Bearer wrong', 'x-api-key': keys.all }],
    ['a bearer in any case', { authorization: `bearer ${keys.all}` }],
  ])('a credential is taken from %s', async (_name, headers) => {
    await using ingress = await startTestIngress()
    expect((await post(ingress, chat, { key: null, headers })).status).toBe(200)
  })

  test.each(['application/json; charset=utf-8', 'application/vnd.acme+json', 'Application/JSON'])(
    '%s is JSON',
    async (type) => {
      await using ingress = await startTestIngress()
      const response = await post(ingress, chat, { headers: { 'content-type': type } })
      expect(response.status).toBe(200)
    },
  )

  test('M-035: credentials and our own headers never travel on; what a provider row may ask for does', async () => {
    const seen = Promise.withResolvers<Record<string, string>>()
    await using ingress = await startTestIngress({
      script(work) {
        seen.resolve(work.claim.request.headers)
        return work.complete('{}')
      },
    })
    const headers = {
      cookie: 'session=1',
      'x-api-key': 'another',
      'x-gateway-on-disconnect': 'grace',
      'x-forwarded-for': '10.0.0.1',
      'x-stainless-lang': 'js',
      'x-amz-security-token': 'secret',
      'user-agent': 'someone',
      'x-demo-tokens': '3',
      'openai-beta': 'assistants=v2',
      'anthropic-beta': 'one,two',
    }
    await post(ingress, chat, { headers })
    expect(await seen.promise).toEqual({
      'x-demo-tokens': '3',
      'openai-beta': 'assistants=v2',
      'anthropic-beta': 'one,two',
    })
  })

  test('a body that comes in pieces is put together', async () => {
    const seen = Promise.withResolvers<Buffer>()
    await using ingress = await startTestIngress({
      script(work) {
        seen.resolve(work.claim.body)
        return work.complete('{}')
      },
    })
    const body = JSON.stringify({ ...chat, user: 'ü'.repeat(100_000) })
    expect((await post(ingress, body)).status).toBe(200)
    expect((await seen.promise).toString()).toBe(body)
  })

  test('an open stream that is silent gets comments', async () => {
    const heard = Promise.withResolvers<void>()
    await using ingress = await startTestIngress({
      env: { INGRESS_KEEP_ALIVE_MS: '40' },
      async script(work) {
        await work.publish(chunk('a'))
        await heard.promise
        await work.complete('[DONE]')
      },
    })
    let text = ''
    const response = await post(ingress, stream)
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString()
      if (text.includes(': keep-alive\n\n')) heard.resolve()
    }
    expect(text).toMatch(/^id: .*\ndata: .*\n\n(: keep-alive\n\n)+id: .*\ndata: \[DONE\]\n\n$/)
  })

  test.each([
    [
      'its events',
      (work: Work) => work.complete('[DONE]'),
      /^(: keep-alive\n\n)+id: .*\ndata: \[DONE\]\n\n$/,
    ],
    [
      'its error as an event',
      (work: Work) => work.fail(failure),
      /^(: keep-alive\n\n)+id: .*\ndata: \{"error".*\n\n$/,
    ],
  ])(
    'a model that thinks for long: the stream is opened by a comment, and then gets %s',
    async (_what, end, expected) => {
      const heard = Promise.withResolvers<void>()
      await using ingress = await startTestIngress({
        env: { INGRESS_KEEP_ALIVE_MS: '40' },
        async script(work) {
          await heard.promise
          await end(work)
        },
      })
      const response = await post(ingress, stream)
      expect(response.status).toBe(200)
      heard.resolve()
      expect(await response.text()).toMatch(expected)
    },
  )

  test('M-305: while the process drains it still answers, and closes the connection', async () => {
    await using ingress = await startTestIngress()
    ingress.health.drain()
    const response = await post(ingress, chat)
    expect(response.status).toBe(200)
    expect(response.headers.get('connection')).toBe('close')
  })
})

describe('400', () => {
  test('M-010: a malformed body names its field', async () => {
    await using ingress = await startTestIngress()
    const response = await post(ingress, { messages: [] })
    expect(response.status).toBe(400)
    const error = await errorOf(response)
    expect(error).toMatchObject({ type: 'invalid_request_error', param: 'model' })
    expect(response.headers.get('x-should-retry')).toBe('false')
  })

  test('an unknown disconnect policy names its header', async () => {
    await using ingress = await startTestIngress()
    const headers = { 'x-gateway-on-disconnect': 'later' }
    const response = await post(ingress, chat, { headers })
    expect(response.status).toBe(400)
    expect((await errorOf(response)).param).toBe('x-gateway-on-disconnect')
  })
})

describe('401', () => {
  test.each([
    ['no credential', {}],
    ['a wrong one', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: `Basic ${keys.all}` }],
    ['several wrong ones', { authorization: 'Bearer wrong', 'x-api-key': 'wrong too' }],
  ])('%s', async (_name, headers) => {
    await using ingress = await startTestIngress()
    const response = await post(ingress, chat, { key: null, headers })
    expect(response.status).toBe(401)
    expect(await errorOf(response)).toMatchObject({
      code: 'invalid_api_key',
      type: 'invalid_request_error',
    })
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
  })
})

describe('403', () => {
  test('M-011: a model the key may not use, whether it exists or not', async () => {
    await using ingress = await startTestIngress()
    for (const model of ['other/slow', 'no/such']) {
      const response = await post(ingress, { ...chat, model }, { key: keys.acme })
      expect(response.status).toBe(403)
      const expected = { code: 'permission_denied', param: 'model' }
      expect(await errorOf(response)).toMatchObject(expected)
    }
  })
})

describe('405', () => {
  test('another method than POST', async () => {
    await using ingress = await startTestIngress()
    const response = await fetch(`${ingress.url}/v1/chat/completions`)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
    expect((await errorOf(response)).code).toBe('method_not_allowed')
  })
})

describe('413', () => {
  const env = { MAX_INFERENCE_BYTES: '100000' }

  test('M-028: a declared length over the limit, without waiting for the body', async () => {
    await using ingress = await startTestIngress({ env })
    const socket = await rawConnection(ingress)
    socket.write(rawRequest('', { 'content-length': '100001' }))
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 [^]*connection: close[^]*request_too_large/i)
    socket.destroy()
  })

  test('M-028: the client gets the answer although it sends its body to the end', async () => {
    await using ingress = await startTestIngress({ env })
    const response = await post(ingress, { ...chat, user: 'x'.repeat(20_000_000) })
    expect(response.status).toBe(413)
    expect((await errorOf(response)).code).toBe('request_too_large')
  })

  test('M-028: a body without a length is refused at the first byte too many', async () => {
    await using ingress = await startTestIngress({ env })
    const socket = await rawConnection(ingress)
    const { 'content-length': _none, ...headers } = { 'content-length': '' }
    socket.write(
      rawRequest('', { ...headers, 'transfer-encoding': 'chunked' }).replace(
        /content-length: .*\r\n/,
        '',
      ),
    )
    socket.write(`186a0\r\n${'x'.repeat(100_000)}\r\n`)
    socket.write('1\r\nx\r\n')
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /)
    socket.end('0\r\n\r\n')
    expect(await untilClosed(socket)).toBe('')
  })
})

describe('415', () => {
  test.each([
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['JSON by half its name', { 'content-type': 'application/jsonish' }],
    ['compressed JSON', { 'content-encoding': 'gzip' }],
  ])('M-028: %s', async (_name, headers) => {
    await using ingress = await startTestIngress()
    const response = await post(ingress, chat, { headers })
    expect(response.status).toBe(415)
    expect((await errorOf(response)).code).toBe('unsupported_media_type')
  })

  test('a body without a type', async () => {
    await using ingress = await startTestIngress()
    const socket = await rawConnection(ingress)
    const request = rawRequest(JSON.stringify(chat), { connection: 'close' })
    socket.write(request.replace(/content-type: .*\r\n/, ''))
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 415 /)
  })
})

describe('an answer that fails', () => {
  test.each([false, true])(
    'T47: before its first part it has the error’s status, as JSON (stream: %s)',
    async (isStream) => {
      await using ingress = await startTestIngress({ script: (work) => work.fail(failure) })
      const response = await post(ingress, { ...chat, stream: isStream })
      expect(response.status).toBe(502)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(await errorOf(response)).toMatchObject({ type: 'api_error', code: 'upstream_error' })
    },
  )

  test('M-004: after it, one error event comes last, without [DONE]', async () => {
    await using ingress = await startTestIngress({
      async script(work) {
        for (const text of ['a', 'b', 'c']) await work.publish(chunk(text))
        await work.fail(failure)
      },
    })
    const response = await post(ingress, stream)
    expect(response.status).toBe(200)
    const frames = (await response.text()).split('\n\n').slice(0, -1)
    expect(frames).toHaveLength(4)
    expect(frames.at(-1)).toMatch(/^id: \d+-4\ndata: \{"error":.*"code":"upstream_error"/)
  })

  test('M-004: parts in the failing entry go out before its error event', async () => {
    await using ingress = await startTestIngress({
      script: (work) => work.fail(failure, 'failed', chunk('a')),
    })
    const frames = (await (await post(ingress, stream)).text()).split('\n\n').slice(0, -1)
    expect(frames[0]).toMatch(/^id: \d+-1\.0\ndata: \{"choices"/)
    expect(frames[1]).toMatch(/^id: \d+-1\.1\ndata: \{"error"/)
  })

  test('M-033: an expired generation is a 504', async () => {
    const expired = { ...failure, code: 'upstream_timeout', status: 504 }
    await using ingress = await startTestIngress({
      script: (work) => work.fail(expired, 'expired'),
    })
    expect((await post(ingress, chat)).status).toBe(504)
  })

  test('429 says how long to wait, in seconds and in milliseconds', async () => {
    const limited = { ...failure, code: 'rate_limit_exceeded', status: 429, retryAfterMs: 1_500 }
    await using ingress = await startTestIngress({ script: (work) => work.fail(limited) })
    const { status, headers } = await post(ingress, chat)
    expect(status).toBe(429)
    expect(headers.get('retry-after')).toBe('2')
    expect(headers.get('retry-after-ms')).toBe('1500')
    expect(headers.get('x-should-retry')).toBeNull()
  })

  test('what no retry can help says so', async () => {
    const spent = { ...failure, code: 'insufficient_quota', status: 429, retryable: false }
    await using ingress = await startTestIngress({ script: (work) => work.fail(spent) })
    const { headers } = await post(ingress, chat)
    expect(headers.get('x-should-retry')).toBe('false')
    expect(headers.get('retry-after')).toBeNull()
  })

  test('a stream whose log is lost ends in a broken connection, never cleanly', async () => {
    const lost = Promise.withResolvers<void>()
    await using ingress = await startTestIngress({
      script: (work) => work.publish(chunk('a')),
      wrap: withTail(async (next, pulls) => {
        if (pulls === 1) return next()
        await lost.promise
        throw new GatewayError(kernelErrors.dependency_unavailable)
      }),
    })
    const response = await post(ingress, stream)
    const text = response.text()
    lost.resolve()
    await expect(text).rejects.toThrow('terminated')
    await eventually(() => ingress.log.some(({ outcome }) => outcome === 'log_lost'))
  })

  test('a plain answer whose log is lost is a 503', async () => {
    await using ingress = await startTestIngress({
      wrap: withTail(() => Promise.reject(new GatewayError(kernelErrors.dependency_unavailable))),
    })
    const response = await post(ingress, chat)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
  })
})

describe('503', () => {
  test('auth is away: an unknown credential is not called invalid', async () => {
    await using ingress = await startTestIngress()
    ingress.authAway = true
    const response = await post(ingress, chat)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).not.toBeNull()
  })

  test('auth is away: a known credential stays known', async () => {
    await using ingress = await startTestIngress()
    await post(ingress, chat)
    ingress.authAway = true
    expect((await post(ingress, chat)).status).toBe(200)
  })

  test('M-314: the back end refuses, or is away: at once, with a time to wait', async () => {
    const error = { ...failure, code: 'server_is_overloaded', status: 503, retryAfterMs: 1_000 }
    const refusals: Generations['admit'][] = [
      () => Promise.resolve({ ok: false, error }),
      () => Promise.reject(new GatewayError(kernelErrors.dependency_unavailable)),
    ]
    for (const admit of refusals) {
      await using ingress = await startTestIngress({ wrap: (real) => overlay(real, { admit }) })
      const response = await post(ingress, stream)
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('1')
      expect(response.headers.get('retry-after-ms')).toBe('1000')
      expect((await errorOf(response)).type).toBe('service_unavailable_error')
    }
  })

  test('M-307: the process has not started', async () => {
    await using ingress = await startTestIngress({ started: false })
    const response = await post(ingress, chat)
    expect(response.status).toBe(503)
    expect((await errorOf(response)).code).toBe('server_is_overloaded')
    await ingress.health.start()
    expect((await post(ingress, chat)).status).toBe(200)
  })
})
