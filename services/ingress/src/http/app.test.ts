import { describe, expect, test } from '@jest/globals'
import { eventually, errorOf, rawConnection, untilClosed } from '../../test/support/client.ts'
import {
  keys,
  listed,
  startTestIngress,
  type TestIngress,
} from '../../test/support/test-ingress.ts'

function get(
  { url }: TestIngress,
  path: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url + path, { headers: { authorization: `Bearer ${keys.all}`, ...headers } })
}

const acme = { authorization: `Bearer ${keys.acme}` }

async function idsOf(response: Response): Promise<string[]> {
  return ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id)
}

describe('200', () => {
  test.each(['/v1/models', '/models', '/v1/models/', '/api/client/v1/models'])(
    'M-011: %s lists what the key may use',
    async (path) => {
      await using ingress = await startTestIngress()
      const all = await get(ingress, path)
      expect(all.status).toBe(200)
      expect(await idsOf(all)).toEqual(['acme/fast', 'other/slow'])
      expect(await idsOf(await get(ingress, path, acme))).toEqual(['acme/fast'])
    },
  )

  test.each(['/v1/models/acme/fast', '/v1/models/acme%2Ffast', '/models/acme/fast/'])(
    'M-011: %s is a model in OpenAI’s shape, with its capabilities',
    async (path) => {
      await using ingress = await startTestIngress()
      expect(await (await get(ingress, path)).json()).toMatchObject({
        id: 'acme/fast',
        object: 'model',
        created: 1_700_000_000,
        owned_by: 'acme',
        capabilities: { tools: true },
      })
    },
  )

  test('a list that did not change is a 304', async () => {
    await using ingress = await startTestIngress()
    const { headers } = await get(ingress, '/v1/models')
    const etag = headers.get('etag') ?? ''
    // Not by `fetch`, which asks for a fresh answer as soon as it sees the header.
    const socket = await rawConnection(ingress)
    const head = `host: x\r\nauthorization: Bearer ${keys.all}\r\nconnection: close`
    socket.end(`GET /v1/models HTTP/1.1\r\n${head}\r\nif-none-match: ${etag}\r\n\r\n`)
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 304 /)
  })

  test('while the router is away the last list stands', async () => {
    let now = 0
    await using ingress = await startTestIngress({ monotonic: () => now })
    await get(ingress, '/v1/models')
    ingress.routerAway = true
    now += 6_000
    expect(await idsOf(await get(ingress, '/v1/models'))).toHaveLength(listed.length)
  })

  test.each(['/health', '/livez', '/api/health/live'])('M-300: %s is constant', async (path) => {
    await using ingress = await startTestIngress({ started: false })
    const response = await get(ingress, path)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ status: 'ok' })
  })

  test.each(['/readyz', '/api/health/ready'])('M-301: %s tells each check', async (path) => {
    await using ingress = await startTestIngress()
    const response = await get(ingress, path)
    expect(response.status).toBe(200)
    const { status, checks } = (await response.json()) as {
      status: string
      checks: { name: string }[]
    }
    expect(status).toBe('ok')
    expect(checks.map(({ name }) => name)).toEqual(['generations', 'queue'])
  })

  test('HEAD / tells clients that somebody is there', async () => {
    await using ingress = await startTestIngress()
    expect((await fetch(ingress.url, { method: 'HEAD' })).status).toBe(200)
  })

  test('M-030: security headers and a request id on every answer', async () => {
    await using ingress = await startTestIngress()
    for (const path of ['/health', '/v1/models', '/nope']) {
      const { headers } = await get(ingress, path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toBe("frame-ancestors 'none'")
      expect(headers.get('x-request-id')).toBe(headers.get('request-id'))
      expect(headers.get('x-powered-by')).toBeNull()
    }
  })
})

describe('400', () => {
  test('an address that cannot be decoded', async () => {
    await using ingress = await startTestIngress()
    const response = await get(ingress, '/v1/models/%ff')
    expect(response.status).toBe(400)
    expect((await errorOf(response)).code).toBe('invalid_url')
  })
})

describe('401', () => {
  test('the list of models needs a key', async () => {
    await using ingress = await startTestIngress()
    const response = await fetch(`${ingress.url}/v1/models`)
    expect(response.status).toBe(401)
    expect((await errorOf(response)).code).toBe('invalid_api_key')
  })
})

describe('404', () => {
  test.each(['/nope', '/metrics', '/v1', '/v1/nope', '/v1/chat/completions/more'])(
    'M-025, M-302: %s',
    async (path) => {
      await using ingress = await startTestIngress()
      const response = await get(ingress, path)
      expect(response.status).toBe(404)
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      const expected = { code: 'resource_not_found', type: 'invalid_request_error' }
      const error = await errorOf(response)
      expect(error).toMatchObject(expected)
      expect(error.message).toContain('/v1/models, ')
    },
  )

  test('M-011: an unknown model, and one the key may not use, look the same', async () => {
    await using ingress = await startTestIngress()
    const messages: string[] = []
    for (const id of ['no/such', 'other/slow']) {
      const response = await get(ingress, `/v1/models/${id}`, acme)
      expect(response.status).toBe(404)
      const { code, message } = await errorOf(response)
      expect(code).toBe('model_not_found')
      messages.push(message.replace(id, ''))
    }
    expect(messages[0]).toBe(messages[1])
  })
})

describe('413', () => {
  const env = { MAX_REQUEST_BYTES: '100000' }

  test.each(['/v1/models', '/nope'])(
    'M-028: a body over the limit, whatever it was for: %s',
    async (path) => {
      await using ingress = await startTestIngress({ env })
      const body = 'x'.repeat(5_000_000)
      const response = await fetch(ingress.url + path, { method: 'POST', body })
      expect(response.status).toBe(413)
      expect((await errorOf(response)).code).toBe('request_too_large')
    },
  )
})

describe('503', () => {
  test('the router is away and nothing is known', async () => {
    await using ingress = await startTestIngress()
    ingress.routerAway = true
    const response = await get(ingress, '/v1/models')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
  })

  test('M-301: not ready before the start, and while draining', async () => {
    await using ingress = await startTestIngress({ started: false })
    const starting = await get(ingress, '/readyz')
    expect(starting.status).toBe(503)
    await ingress.health.start()
    ingress.health.drain()
    const draining = await get(ingress, '/readyz')
    expect(draining.status).toBe(503)
    expect(draining.headers.get('connection')).toBe('close')
  })
})

describe('CORS', () => {
  const env = {
    CORS_ENABLED: 'true',
    CORS_ALLOWED_ORIGINS: 'https://app.example.com,https://*.example.org',
  }
  const allowed = (response: Response) => response.headers.get('access-control-allow-origin')

  test('M-029: is off by default', async () => {
    await using ingress = await startTestIngress()
    expect(allowed(await get(ingress, '/health', { origin: 'https://app.example.com' }))).toBeNull()
  })

  test.each(['https://app.example.com', 'https://a.example.org', 'https://a.b.example.org'])(
    'M-029: %s is allowed by its own name, never with credentials',
    async (origin) => {
      await using ingress = await startTestIngress({ env })
      const response = await get(ingress, '/v1/models', { origin })
      expect(allowed(response)).toBe(origin)
      expect(response.headers.get('vary')).toContain('Origin')
      expect(response.headers.get('access-control-allow-credentials')).toBeNull()
      expect(response.headers.get('access-control-expose-headers')).toContain('retry-after-ms')
    },
  )

  test.each([
    'null',
    'https://example.org',
    'https://evilexample.org',
    'https://a.example.org.evil.com',
    'https://evil.com/.example.org',
    'http://app.example.com',
    'https://app.example.com:8443',
  ])('M-029: %s gets nothing', async (origin) => {
    await using ingress = await startTestIngress({ env })
    const response = await get(ingress, '/v1/models', { origin })
    expect(response.status).toBe(200)
    expect(allowed(response)).toBeNull()
    expect(response.headers.get('access-control-expose-headers')).toBeNull()
  })

  test('M-029: a preflight is answered with the headers it asked for', async () => {
    await using ingress = await startTestIngress({ env })
    const origin = 'https://app.example.com'
    const response = await fetch(`${ingress.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-stainless-lang',
      },
    })
    expect(response.status).toBe(204)
    expect(allowed(response)).toBe(origin)
    expect(response.headers.get('access-control-allow-headers')).toBe(
      'authorization,content-type,x-stainless-lang',
    )
    expect(response.headers.get('access-control-allow-methods')).toContain('POST')
    expect(response.headers.get('access-control-max-age')).toBe('86400')
  })
})

test('M-304: a probe is logged at debug level, any other request at info, without its path', async () => {
  await using ingress = await startTestIngress()
  await get(ingress, '/health')
  await get(ingress, '/canary?key=canary')
  await eventually(() => ingress.log.length === 2)
  expect(ingress.log.map(({ level, route, status }) => ({ level, route, status }))).toEqual([
    { level: 'debug', route: '/health', status: 200 },
    { level: 'info', route: 'unmatched', status: 404 },
  ])
  expect(JSON.stringify(ingress.log)).not.toContain('canary')
})

test('TRACE and half a request do no harm', async () => {
  await using ingress = await startTestIngress()
  const trace = await rawConnection(ingress)
  trace.end('TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  expect(await untilClosed(trace)).toMatch(/^HTTP\/1\.1 404 /)
  const garbage = await rawConnection(ingress)
  garbage.end('GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n')
  expect(await untilClosed(garbage)).toMatch(/^HTTP\/1\.1 400 /)
  expect((await get(ingress, '/health')).status).toBe(200)
})
