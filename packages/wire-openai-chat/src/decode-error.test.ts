import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeError } from './decode-error.ts'
import { encodeError } from './encode-error.ts'

const decode = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  decodeError(status, headers, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
const openAi = (
  message: string,
  type: string | null,
  code: string | null,
  param: string | null = null,
) => ({
  error: { message, type, code, param },
})

describe('decodeError', () => {
  test('passes on what concerns the request, in the words of the provider', () => {
    const error = openAi('too long', 'invalid_request_error', 'context_length_exceeded', 'messages')
    expect(decode(400, error)).toEqual({
      code: 'context_length_exceeded',
      status: 400,
      message: 'too long',
      type: 'invalid_request_error',
      param: 'messages',
      retryable: false,
      verbatim: { wire: 'openai-chat', status: 400, body: JSON.stringify(error) },
    })
    // Clients of this dialect read nothing that is not under `error`: such a body is told in its form.
    const flat = { object: 'error', message: 'too long', type: 'BadRequestError', code: 400 }
    expect(decode(400, flat)).toMatchObject({ status: 400, message: 'too long' })
    expect(decode(400, flat).verbatim).toBeUndefined()
    expect(decode(404, { error: { message: 'no model called x' } })).toMatchObject({
      status: 404,
      message: 'no model called x',
    })
    const filtered = openAi('filtered', null, 'content_filter', 'prompt')
    expect(decode(400, filtered)).toMatchObject({ status: 400, code: 'content_filter' })
  })

  test.each([
    [401, openAi('Incorrect API key provided: sk-abc', 'invalid_request_error', 'invalid_api_key')],
    [403, openAi('Country not supported', 'request_forbidden', 'unsupported_country')],
    [401, ''],
  ])(
    'answers %d about our credential with 502, without the text of the provider',
    (status, body) => {
      const error = decode(status, body)
      expect(error).toMatchObject({ status: 502, code: 'upstream_auth', retryable: false })
      expect(error.message).not.toMatch(/sk-|Country/)
    },
  )

  test.each([
    [429, openAi('x', 'insufficient_quota', 'insufficient_quota')],
    [429, openAi('x', 'insufficient_quota', 'project_spend_limit_exceeded')],
    [402, { error: { message: 'Insufficient credits', code: 402 } }],
  ])('answers %d about our money with 503 that no retry helps', (status, body) => {
    expect(decode(status, body)).toMatchObject({
      status: 503,
      code: 'upstream_quota',
      retryable: false,
    })
  })

  test.each([
    [{ 'retry-after-ms': '1250', 'retry-after': '9' }, 1250],
    [{ 'retry-after': '7' }, 7000],
    [
      { 'retry-after': 'Wed, 21 Oct 2026 07:28:05 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' },
      5000,
    ],
  ])('keeps the waiting time of a rate limit: %j', (headers, retryAfterMs) => {
    const error = decode(
      429,
      openAi('x', 'rate_limit_error', 'slow_down'),
      headers as Record<string, string>,
    )
    expect(error).toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      retryable: true,
      retryAfterMs,
    })
  })

  test.each([
    [500, openAi('boom', 'server_error', null), 502, 'upstream_error', true],
    [
      503,
      openAi('busy', 'service_unavailable_error', 'server_is_overloaded'),
      503,
      'server_is_overloaded',
      true,
    ],
    [504, '', 504, 'upstream_timeout', true],
    [
      404,
      openAi('no model', 'invalid_request_error', 'model_not_found'),
      404,
      'model_not_found',
      false,
    ],
    [
      404,
      { object: 'error', message: 'no model', type: 'NotFoundError', code: 404 },
      404,
      'model_not_found',
      false,
    ],
    [404, { detail: 'Not Found' }, 502, 'upstream_error', true],
    [422, { detail: [{ loc: ['body', 'n'], msg: 'bad' }] }, 400, 'invalid_request', false],
    [413, openAi('big', null, null), 413, 'request_too_large', false],
    [302, '', 502, 'upstream_error', true],
  ])('maps %d %j to %d %s', (from, body, status, code, retryable) => {
    expect(decode(from, body)).toMatchObject({ status, code, retryable })
  })

  test('T64 an HTML page becomes a 502 that tells the status', () => {
    const error = decode(400, '<html><body>Bad Gateway</body></html>')
    expect(error).toMatchObject({ status: 502, code: 'upstream_error' })
    expect(error.message).toContain('400')
    expect(error.message).not.toContain('<')
  })

  test('is total', () => {
    const status = fc.integer({ min: 300, max: 599 })
    fc.assert(
      fc.property(status, fc.oneof(fc.json(), fc.string()), fc.string(), (code, body, wait) => {
        const error = decode(code, body, { 'retry-after': wait })
        expect(error.status).toBeGreaterThanOrEqual(400)
      }),
    )
  })
})

test('T60 encodes errors in the shape of OpenAI', () => {
  const body = {
    code: 'invalid_request',
    status: 400,
    message: 'no',
    retryable: false,
    param: 'model',
  }
  expect(JSON.parse(encodeError(body, 'r1'))).toEqual({
    error: { message: 'no', type: 'invalid_request_error', param: 'model', code: null },
  })
  const failed = {
    code: 'upstream_error',
    status: 502,
    message: 'The provider failed',
    retryable: true,
  }
  expect(JSON.parse(encodeError(failed, 'r1'))).toEqual({
    error: {
      message: 'The provider failed (request id r1)',
      type: 'api_error',
      param: null,
      code: 'upstream_error',
    },
  })
  const limited = { code: 'rate_limit_exceeded', status: 429, message: 'slow', retryable: true }
  expect(JSON.parse(encodeError(limited, 'r1'))).toMatchObject({
    error: { type: 'rate_limit_error' },
  })
})
