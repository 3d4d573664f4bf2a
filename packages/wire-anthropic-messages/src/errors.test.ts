import { describe, expect, test } from '@jest/globals'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { decodeError, decodeInlineError } from './decode-error.ts'
import { encodeError, encodeErrorEvent, errorStatus } from './encode-error.ts'

const body = (type: string, message: string, details?: object) =>
  Buffer.from(
    JSON.stringify({ type: 'error', error: { type, message, ...details }, request_id: 'req_1' }),
  )
const wait = { 'retry-after': '7' }

describe('errors of Anthropic (wire-formats 12.2)', () => {
  test.each([
    [400, 'invalid_request_error', 'max_tokens: Field required', {}, 400, 'invalid_request', false],
    [401, 'authentication_error', 'invalid x-api-key', {}, 502, 'upstream_auth', false],
    [402, 'billing_error', 'payment', {}, 503, 'upstream_quota', false],
    [403, 'permission_error', 'no access', {}, 502, 'upstream_auth', false],
    [404, 'not_found_error', 'model: claude-x', {}, 404, 'model_not_found', false],
    [409, 'conflict_error', 'conflict', {}, 502, 'upstream_error', true],
    [413, 'request_too_large', 'too large', {}, 413, 'request_too_large', false],
    [429, 'rate_limit_error', 'slow down', wait, 429, 'rate_limit_exceeded', true],
    [429, 'rate_limit_error', 'slow down', {}, 429, 'rate_limit_exceeded', false],
    [500, 'api_error', 'Internal server error', {}, 502, 'upstream_error', true],
    [504, 'timeout_error', 'timeout', {}, 504, 'upstream_timeout', true],
    [529, 'overloaded_error', 'Overloaded', {}, 503, 'server_is_overloaded', true],
  ])('T60 %d %s', (status, type, message, headers, mapped, code, retryable) => {
    expect(decodeError(status, headers, body(type, message))).toMatchObject({
      status: mapped,
      code,
      retryable,
    })
  })

  test('money that is spent is no rate limit, whatever the status', () => {
    const spent = body('rate_limit_error', 'You have reached your limit', {
      details: { error_code: 'enforced_spend_limit_reached' },
    })
    const credit = body(
      'invalid_request_error',
      'Your credit balance is too low to access the Anthropic API.',
    )
    const limits = body(
      'invalid_request_error',
      'You have reached your specified API usage limits. You will regain access on 2026-12-01.',
    )
    for (const [status, said] of [
      [429, spent],
      [400, credit],
      [400, limits],
    ] as const) {
      const error = decodeError(status, {}, said)
      expect(error).toMatchObject({ code: 'upstream_quota', status: 503, retryable: false })
      expect(JSON.stringify(error)).not.toMatch(/reached|credit balance/)
    }
  })

  test('M-119 its own words reach a caller of its dialect, but for those about our account', () => {
    const said = body(
      'invalid_request_error',
      'messages.3.content.0: Invalid `signature` in `thinking` block',
    )
    expect(decodeError(400, {}, said).verbatim).toEqual({
      wire: 'anthropic-messages',
      status: 400,
      body: said.toString(),
    })
    expect(decodeError(529, {}, body('overloaded_error', 'Overloaded')).verbatim?.status).toBe(529)
    for (const [status, type] of [
      [401, 'authentication_error'],
      [403, 'permission_error'],
      [429, 'rate_limit_error'],
      [402, 'billing_error'],
    ] as const) {
      const error = decodeError(status, wait, body(type, 'org-secret'))
      expect(error.verbatim).toBeUndefined()
      expect(error.message).not.toContain('org-secret')
    }
  })

  test('the time to wait is kept', () => {
    expect(decodeError(429, wait, body('rate_limit_error', 'x')).retryAfterMs).toBe(7000)
  })

  test('T64 a page, an empty body, another vendor’s form', () => {
    const html = decodeError(502, {}, Buffer.from('<html>Bad Gateway</html>'))
    expect(html).toMatchObject({ status: 502, code: 'upstream_error', retryable: true })
    expect(html.message).toContain('502')
    expect(decodeError(404, {}, Buffer.from('')).status).toBe(502)
    const openAi = Buffer.from('{"error":{"message":"bad model","type":"invalid_request_error"}}')
    expect(decodeError(400, {}, openAi)).toMatchObject({ status: 400, message: 'bad model' })
  })
})

test('an error in a stream whose type is a word of JavaScript is like any other unknown one', () => {
  const error = { type: 'constructor', message: 'x', code: null }
  expect(decodeInlineError(error, '{}')).toMatchObject({ status: 502, code: 'upstream_error' })
})

describe('errors for a caller of Anthropic (wire-formats 12.1)', () => {
  test.each([
    [400, 'invalid_request', 400, 'invalid_request_error'],
    [401, 'invalid_api_key', 401, 'authentication_error'],
    [403, 'permission_denied', 403, 'permission_error'],
    [404, 'model_not_found', 404, 'not_found_error'],
    [413, 'request_too_large', 413, 'request_too_large'],
    [422, 'idempotency_mismatch', 422, 'invalid_request_error'],
    [429, 'rate_limit_exceeded', 429, 'rate_limit_error'],
    [429, 'insufficient_quota', 429, 'rate_limit_error'],
    [502, 'upstream_error', 502, 'api_error'],
    [502, 'upstream_auth', 502, 'api_error'],
    [503, 'server_is_overloaded', 529, 'overloaded_error'],
    [503, 'upstream_quota', 503, 'api_error'],
    [504, 'upstream_timeout', 504, 'timeout_error'],
  ])('T60 %d %s leaves as %d %s', (status, code, sent, type) => {
    const error = { status, code, message: 'so it is', retryable: false }
    expect(errorStatus(error)).toBe(sent)
    expect(JSON.parse(encodeError(error, 'r1'))).toEqual({
      type: 'error',
      error: { type, message: 'so it is' },
      request_id: 'r1',
    })
  })

  test('in a stream, what Anthropic said is said again; anything else is in its form', () => {
    const said = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    const error = generationError(wireErrors.server_is_overloaded)
    const verbatim = { wire: 'anthropic-messages' as const, status: 529, body: said }
    expect(encodeErrorEvent({ ...error, verbatim }, 'r1')).toBe(said)
    const other = { ...verbatim, body: '{"error":"x"}' }
    expect(JSON.parse(encodeErrorEvent({ ...error, verbatim: other }, 'r1'))).toMatchObject({
      type: 'error',
    })
  })
})
