import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { csrfTokenOf } from '@sluice/identity/session-cookies'
import { sessionCredential } from './session-cookie.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = { iss: 'sluice', aud: 'sluice', sub: 'anna', sid: 's1', exp: 4e9 }
const token = `${encode({ alg: 'EdDSA', typ: 'at+jwt' })}.${encode(claims)}.AA`
const csrf = csrfTokenOf('s1')
const own = 'http://gateway.example:3000'

type Headers = Record<string, string | undefined>

function credentialOf(
  headers: Headers,
  { method = 'POST', publicOrigin = null as string | null, publicTls = false } = {},
): string | null {
  const all = { host: 'gateway.example:3000', cookie: `a=b; sluice_session=${token}`, ...headers }
  const request = { headers: all, method, socket: {} } as unknown as IncomingMessage
  return sessionCredential(request, { publicOrigin, publicTls })
}

const refused = (headers: Headers, code: string, options = {}) => {
  expect(() => credentialOf(headers, options)).toThrow(
    expect.objectContaining({ code, status: 403 }),
  )
}

describe('a session cookie', () => {
  test('M-065: counts for a page of the gateway with its token', () => {
    expect(credentialOf({ origin: own, 'x-csrf-token': csrf })).toBe(token)
    expect(credentialOf({ 'sec-fetch-site': 'same-origin', 'x-csrf-token': csrf })).toBe(token)
    const behindProxy = { publicOrigin: 'https://public.example' }
    const headers = { origin: 'https://public.example', 'x-csrf-token': csrf }
    expect(credentialOf(headers, behindProxy)).toBe(token)
  })
  test('M-065, S-94: is refused for a page of another origin, whatever else it sends', () => {
    const foreign = [
      'https://evil.example',
      'null',
      'http://gateway.example',
      `${own}.evil.example`,
      'http://gateway.example:3001',
      'https://x.gateway.example:3000',
      '',
    ]
    for (const origin of foreign) refused({ origin, 'x-csrf-token': csrf }, 'cross_site_request')
    for (const site of ['cross-site', 'same-site', 'none'])
      refused({ origin: own, 'sec-fetch-site': site, 'x-csrf-token': csrf }, 'cross_site_request')
    refused({ 'x-csrf-token': csrf }, 'cross_site_request')
    refused({ 'content-type': 'text/plain', origin: 'https://evil.example' }, 'cross_site_request')
    for (const method of ['PUT', 'PATCH', 'DELETE'])
      refused({ origin: 'https://evil.example' }, 'cross_site_request', { method })
  })
  test('M-065, S-94: is refused without the token of this very session', () => {
    for (const given of [undefined, '', 'x', csrfTokenOf('s2'), `${csrf}x`])
      refused({ origin: own, 'x-csrf-token': given }, 'csrf_token_required')
  })
  test('S-94: the refresh cookie alone is no less protected', () => {
    const cookie = 'sluice_refresh=rt_x'
    refused({ cookie, origin: 'https://evil.example' }, 'cross_site_request')
    expect(credentialOf({ cookie, origin: own })).toBeNull()
  })
  test('reads without proof, since a read changes nothing', () => {
    for (const method of ['GET', 'HEAD']) expect(credentialOf({}, { method })).toBe(token)
  })
  test('over TLS only those count that no other host can plant', () => {
    expect(credentialOf({}, { method: 'GET', publicTls: true })).toBeNull()
    const cookie = `__Host-sluice_session=${token}`
    expect(credentialOf({ cookie }, { method: 'GET', publicTls: true })).toBe(token)
  })
  test('that is there twice does not count', () => {
    const cookie = `sluice_session=${token}; sluice_session=planted`
    expect(credentialOf({ cookie }, { method: 'GET' })).toBeNull()
  })
})
