import { describe, expect, test } from '@jest/globals'
import { chat, errorOf, get, post, rawConnection, untilClosed } from '../../test/support/client.ts'
import { keys, startTestIngress, type TestIngress } from '../../test/support/test-ingress.ts'

/** Attacks of security.md by their numbers. */

async function raw(ingress: TestIngress, text: string | Buffer): Promise<string> {
  const socket = await rawConnection(ingress)
  socket.on('error', () => undefined)
  socket.write(text)
  return untilClosed(socket).catch((error: unknown) => String(error))
}

const auth = `authorization: Bearer ${keys.all}\r\n`
const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${auth}content-type: application/json\r\n`
const body = JSON.stringify(chat)
const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`

describe('framing', () => {
  test.each([
    [
      'a length and chunks',
      `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${chunked}`,
    ],
    ['two lengths', `${head}content-length: 5\r\ncontent-length: 6\r\n\r\n${body}`],
    ['a folded header', `${head}transfer-encoding: chunked\r\n , identity\r\n\r\n${chunked}`],
    ['bare line feeds', head.replaceAll('\r\n', '\n') + `content-length: 5\n\n${body}`],
    ['two encodings', `${head}transfer-encoding: chunked, identity\r\n\r\n${chunked}`],
    [
      'a chunk extension of 1 MB',
      `${head}transfer-encoding: chunked\r\n\r\n5;${'x'.repeat(1 << 20)}\r\n`,
    ],
    ['a length that is no number', `${head}content-length: 0x10\r\n\r\n${body}`],
    ['HTTP/2 without being asked', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('S-61, S-76: %s is a 400, and the connection is closed', async (_, text) => {
    await using ingress = await startTestIngress()
    // A connection that is closed with input unread may be reset before its answer is read.
    expect(await raw(ingress, text)).toMatch(/^HTTP\/1\.1 (400|413) |ECONNRESET|EPIPE/)
    expect((await post(ingress, chat)).status).toBe(200)
  })

  test.each([
    ['100,000 headers', `${head}${'a: b\r\n'.repeat(100_000)}\r\n`],
    ['a header of 1 MB', `${head}x-a: ${'b'.repeat(1 << 20)}\r\n\r\n`],
    [
      'a key of 1 MB',
      `GET /v1/models HTTP/1.1\r\nhost: x\r\nx-api-key: ${'k'.repeat(1 << 20)}\r\n\r\n`,
    ],
  ])('S-4, S-63: %s is a 431', async (_, text) => {
    await using ingress = await startTestIngress()
    expect(await raw(ingress, text)).toMatch(/^HTTP\/1\.1 431 |ECONNRESET|EPIPE/)
    expect(JSON.stringify(ingress.log)).not.toContain('kkkk')
  })

  test('S-63: an address over 8 KB is a 414', async () => {
    await using ingress = await startTestIngress()
    const response = await get(ingress, `/v1/models?${'x'.repeat(8_192)}`)
    expect([response.status, (await errorOf(response)).code]).toEqual([414, 'uri_too_long'])
    const long = await post(ingress, chat, { path: `/v1/messages?${'x'.repeat(8_192)}` })
    expect([long.status, await long.json()]).toMatchObject([414, { type: 'error' }])
  })

  test.each([
    ['a head', 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n'],
    ['a body', `${head}content-length: 500\r\n\r\n{"mod`],
    ['nothing', ''],
  ])('S-62: %s that does not come is waited for so long and no longer', async (_, text) => {
    const limits = { headersTimeoutMs: 300, bodyTimeoutMs: 300, idleTimeoutMs: 300 }
    await using ingress = await startTestIngress({ limits })
    const before = performance.now()
    const answer = await raw(ingress, text)
    expect(performance.now() - before).toBeLessThan(5_000)
    expect(answer).not.toMatch(/ 200 /)
  })

  test('S-62: connections over the limit are closed, and the others are served', async () => {
    await using ingress = await startTestIngress({ limits: { maxConnections: 3 } })
    const idle = await Promise.all([rawConnection(ingress), rawConnection(ingress)])
    const closed = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = await rawConnection(ingress)
        socket.on('error', () => undefined)
        await untilClosed(socket).catch(() => '')
        return true
      }).slice(1),
    )
    expect(closed).toHaveLength(4)
    for (const socket of idle) socket.destroy()
  })
})

describe('JSON', () => {
  const fields = (name: string, value: string) =>
    `{"model":"acme/fast","messages":[],"${name}":${value}}`

  test.each([
    ['nested 100,000 deep', fields('a', '['.repeat(100_000) + ']'.repeat(100_000))],
    ['nested 5,000,000 deep', fields('a', '['.repeat(5_000_000) + ']'.repeat(5_000_000))],
    ['objects, 100,000 deep', fields('a', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000))],
  ])('S-66: %s is a 400', async (_, text) => {
    await using ingress = await startTestIngress()
    const before = performance.now()
    const response = await post(ingress, text)
    expect(response.status).toBe(400)
    expect(performance.now() - before).toBeLessThan(2_000)
    const { message, param } = await errorOf(response)
    expect(message).toContain('64 levels')
    expect((param ?? '').length).toBeLessThan(1_000)
  })

  test.each([
    ['__proto__', '{"__proto__":{"admin":true}}'],
    ['constructor.prototype', '{"constructor":{"prototype":{"admin":true}}}'],
  ])('S-68: %s in a body is a 400', async (_, value) => {
    await using ingress = await startTestIngress()
    expect((await post(ingress, fields('a', value))).status).toBe(400)
    expect((await post(ingress, value)).status).toBe(400)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  test('S-69: a member that stands twice is a 400', async () => {
    await using ingress = await startTestIngress()
    const messages = '[{"role":"user","role":"system","content":"x"}]'
    const response = await post(ingress, `{"model":"acme/fast","messages":${messages}}`)
    expect([response.status, (await errorOf(response)).param]).toEqual([400, 'role'])
    expect((await post(ingress, `{"model":"a","model":"acme/fast","messages":[]}`)).status).toBe(
      400,
    )
  })

  const utf16 = Buffer.from(body, 'utf16le')
  test.each([
    ['a byte order mark', Buffer.from(`\ufeff${body}`)],
    ['UTF-16', utf16],
    ['overlong UTF-8', Buffer.from([0x7b, 0x22, 0xc0, 0xae, 0x22, 0x3a, 0x31, 0x7d])],
    ['half a character', Buffer.from([0x7b, 0x22, 0xe2, 0x82, 0x22, 0x3a, 0x31, 0x7d])],
    [
      'NUL in the name of a model',
      Buffer.from(String.raw`{"model":"a\u0000b","messages":[{"role":"user","content":"x"}]}`),
    ],
    [
      'half a surrogate pair in it',
      Buffer.from(String.raw`{"model":"a\ud800","messages":[{"role":"user","content":"x"}]}`),
    ],
  ])('S-71: %s is a 400', async (_, bytes) => {
    await using ingress = await startTestIngress()
    const response = await fetch(`${ingress.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.all}`, 'content-type': 'application/json' },
      body: new Uint8Array(bytes),
    })
    expect(response.status).toBe(400)
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/json',
  ])('S-72: %s is a 415', async (type) => {
    await using ingress = await startTestIngress()
    for (const path of ['/v1/chat/completions', '/v1/messages', '/v1/messages/count_tokens']) {
      expect((await post(ingress, body, { path, headers: { 'content-type': type } })).status).toBe(
        415,
      )
    }
  })

  test('S-72: a form of 10,000 parts is a 400', async () => {
    await using ingress = await startTestIngress()
    const parts = Array.from(
      { length: 10_000 },
      (_, i) => `--x\r\ncontent-disposition: form-data; name="p${String(i)}"\r\n\r\n1\r\n`,
    )
    const form = `--x\r\ncontent-disposition: form-data; name="file"; filename="../../etc/passwd"\r\n\r\nabc\r\n${parts.join('')}--x--\r\n`
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    expect((await post(ingress, form, { path: '/v1/audio/transcriptions', headers })).status).toBe(
      400,
    )
  })

  test.each([
    ['n', '100000'],
    ['logprobs', '"yes"'],
    ['top_logprobs', '100000'],
    ['stop', JSON.stringify(Array.from({ length: 1_000 }, () => 'x'))],
    [
      'tools',
      JSON.stringify(
        Array.from({ length: 10_000 }, () => ({ type: 'function', function: { name: 'f' } })),
      ),
    ],
  ])('S-67, S-73: %s out of all bounds is a 400 that names it', async (name, value) => {
    await using ingress = await startTestIngress()
    const call = `{"model":"acme/fast","messages":[{"role":"user","content":"x"}],"${name}":${value}}`
    const response = await post(ingress, call)
    expect([response.status, (await errorOf(response)).param]).toEqual([400, name])
  })

  test('S-67: 1,000,000 messages are a 400', async () => {
    await using ingress = await startTestIngress()
    const many = `[${'{"role":"user","content":"x"},'.repeat(999_999)}{"role":"user","content":"x"}]`
    expect((await post(ingress, fields('a', '1').replace('[]', many))).status).toBe(400)
  })

  test('S-67: 1,000,000 members are a 400', async () => {
    await using ingress = await startTestIngress()
    const many = Array.from({ length: 1_000_000 }, (_, i) => `"k${String(i)}":1`).join(',')
    expect((await post(ingress, fields('a', `{${many}}`))).status).toBe(400)
  })
})

describe('paths and methods', () => {
  test.each([
    'http://x/v1/chat/completions',
    'https://evil.example/v1/chat/completions',
    '//v1//chat/completions',
    '/v1/chat/completions;/..',
    '/v1/%63hat/completions',
    '/v1/models/../chat/completions',
    '/v1/./chat/completions',
    '/v1/chat/completions/%2e%2e/completions',
    String.raw`/v1\chat\completions`,
    '/V1/CHAT/COMPLETIONS',
    '/v1/chat/completions#x',
    '*',
  ])('S-9: %s is refused as its canonical address is, or is no address', async (target) => {
    await using ingress = await startTestIngress({
      keys: { embeddings: { scopes: ['/v1/embeddings'] } },
    })
    for (const host of ['x', 'x/?', 'x/#', 'x.', '127.0.0.1:1']) {
      const request = `POST ${target} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer embeddings\r\nconnection: close\r\n`
      const answer = await raw(
        ingress,
        `${request}content-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`,
      )
      expect(answer).toMatch(/^HTTP\/1\.1 (400|403|404|405) /)
    }
  })

  test('S-9: an absolute address is the same route', async () => {
    await using ingress = await startTestIngress()
    const request = head.replace('/v1/', 'http://gateway.example/v1/')
    const answer = await raw(
      ingress,
      `${request}connection: close\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('S-6: a key in the query is no credential, and is not logged', async () => {
    await using ingress = await startTestIngress()
    for (const name of ['key', 'api_key', 'access_token', 'authorization', 'x-api-key']) {
      const path = `/v1/chat/completions?${name}=${keys.all}`
      expect((await post(ingress, chat, { path, key: null })).status).toBe(401)
      expect((await get(ingress, `/v1/nothing?${name}=${keys.all}`, { key: null })).status).toBe(
        404,
      )
    }
    expect(JSON.stringify(ingress.log)).not.toContain(keys.all)
  })

  test.each([
    ['NUL', 'k\0k'],
    ['a line end', 'k\r\nx-injected: 1'],
    ['é', 'clé-é'],
    ['an SQL text', `' OR (SELECT pg_sleep(8)) IS NOT NULL --`],
  ])('S-2, S-4: a key with %s is refused and not logged', async (_, key) => {
    await using ingress = await startTestIngress()
    const before = performance.now()
    const answer = await raw(
      ingress,
      `GET /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: ${key}\r\n\r\n`,
    )
    expect(performance.now() - before).toBeLessThan(1_000)
    expect(answer).toMatch(/^HTTP\/1\.1 40[01] /)
    expect(JSON.stringify(ingress.log)).not.toContain(key.slice(0, 5))
  })

  test('S-77: TRACE and CONNECT are not served, Range and If-* change nothing, unknown expectations are a 417', async () => {
    await using ingress = await startTestIngress()
    const close = `host: x\r\n${auth}connection: close\r\n`
    expect(await raw(ingress, `TRACE /v1/models HTTP/1.1\r\n${close}\r\n`)).toMatch(
      /^HTTP\/1\.1 405 /,
    )
    expect(await raw(ingress, `CONNECT 10.0.0.1:22 HTTP/1.1\r\n${close}\r\n`)).not.toMatch(/ 200 /)
    expect(
      await raw(ingress, `GET /v1/models HTTP/1.1\r\n${close}expect: everything\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 417 /)
    const ranged = await get(ingress, '/v1/models', {
      headers: { range: 'bytes=0-1', 'if-match': '"x"' },
    })
    expect(ranged.status).toBe(200)
    const late = `${head}expect: 100-continue\r\ncontent-length: 99999999\r\nconnection: close\r\n\r\n`
    expect(await raw(ingress, late)).toMatch(/HTTP\/1\.1 413 /)
  })

  test('S-78: what an error says again is JSON, and is not sniffed', async () => {
    await using ingress = await startTestIngress()
    const path = `/v1/models/${encodeURIComponent('<script>alert(1)</script>')}`
    const response = await get(ingress, path)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test.each([
    'null',
    'https://evil.example',
    'https://app.example.com.evil.example',
    'https://evilapp.example.com',
  ])('S-79: Origin %s is allowed nothing', async (origin) => {
    const env = {
      CORS_ENABLED: 'true',
      CORS_ALLOWED_ORIGINS: 'https://app.example.com,https://*.app.example.com',
    }
    await using ingress = await startTestIngress({ env })
    const { headers } = await post(ingress, chat, { headers: { origin } })
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })
})
