import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeError } from './decode-error.ts'
import { encodeError } from './encode-error.ts'
import { durationMs } from './retry-delay.ts'

const fixture = (name: string) => readFileSync(new URL(`__fixtures__/${name}`, import.meta.url))
const errorOf = (code: number, status: string, more: object = {}) =>
  Buffer.from(JSON.stringify({ error: { code, message: 'words', status, ...more } }))

describe('decodeError', () => {
  test('T60 a rate limit keeps the wait of RetryInfo, exactly; Google may wrap it in a list', () => {
    expect(decodeError(429, {}, fixture('2026-11-rate-limit.json'))).toEqual({
      code: 'rate_limit_exceeded',
      status: 429,
      message: "The provider's rate limit is reached",
      retryable: true,
      retryAfterMs: 45_838,
    })
  })

  test('T60 a quota per day is final, whatever wait is named beside it', () => {
    expect(decodeError(429, {}, fixture('2026-11-quota-per-day.json'))).toMatchObject({
      code: 'upstream_quota',
      status: 503,
      retryable: false,
    })
  })

  test('T60 a key that is not valid is our problem, although it comes as a 400', () => {
    const error = decodeError(400, {}, fixture('2026-11-api-key-invalid.json'))
    expect(error).toMatchObject({ code: 'upstream_auth', status: 502, retryable: false })
    expect(error.verbatim).toBeUndefined()
  })

  test.each<[number, string, object]>([
    [400, 'INVALID_ARGUMENT', { status: 400, code: 'invalid_request', retryable: false }],
    [400, 'FAILED_PRECONDITION', { status: 502, code: 'upstream_error', retryable: false }],
    [401, 'UNAUTHENTICATED', { status: 502, code: 'upstream_auth', retryable: false }],
    [403, 'PERMISSION_DENIED', { status: 502, code: 'upstream_auth', retryable: false }],
    [404, 'NOT_FOUND', { status: 404, code: 'model_not_found', retryable: false }],
    [500, 'INTERNAL', { status: 502, code: 'upstream_error', retryable: true }],
    [503, 'UNAVAILABLE', { status: 503, code: 'server_is_overloaded', retryable: true }],
    [504, 'DEADLINE_EXCEEDED', { status: 504, code: 'upstream_timeout', retryable: true }],
  ])('T60 %d %s', (status, word, expected) => {
    expect(decodeError(status, {}, errorOf(status, word))).toMatchObject(expected)
  })

  test('errors of the request are passed to callers of this dialect as they are; those about us are not', () => {
    const body = errorOf(400, 'INVALID_ARGUMENT')
    expect(decodeError(400, {}, body).verbatim).toEqual({
      wire: 'gemini',
      status: 400,
      body: body.toString(),
    })
    expect(decodeError(429, {}, errorOf(429, 'RESOURCE_EXHAUSTED')).verbatim).toBeUndefined()
    expect(decodeError(403, {}, errorOf(403, 'PERMISSION_DENIED')).verbatim).toBeUndefined()
  })

  test('T64 what is no JSON is a failure of the provider with its status in the text', () => {
    expect(decodeError(502, {}, Buffer.from('<html>'))).toMatchObject({
      code: 'upstream_error',
      message: expect.stringContaining('502'),
    })
  })

  test.each<[string, object, number]>([
    ['RetryInfo', { details: [{ retryDelay: '1.5s' }] }, 1_500],
    [
      'RetryInfo before ErrorInfo',
      { details: [{ metadata: { quotaResetDelay: '9s' } }, { retryDelay: '2s' }] },
      2_000,
    ],
    ['ErrorInfo', { details: [{ metadata: { quotaResetDelay: '373.801628ms' } }] }, 374],
    ['the text', { message: 'Please retry in 26.6s.' }, 26_600],
    ['the text, in hours', { message: 'Please retry in 1h16m0.6s' }, 900_000],
    ['nothing (Vertex)', {}, 60_000],
    ['garbage', { details: [{ retryDelay: 'soon' }] }, 60_000],
    ['a wait of 19 hours', { details: [{ retryDelay: '68400s' }] }, 900_000],
  ])('T60 the wait comes from %s', (_, more, wait) => {
    const error = decodeError(429, {}, errorOf(429, 'RESOURCE_EXHAUSTED', more))
    expect(error.retryAfterMs).toBe(wait)
  })

  test('no body makes it throw', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.jsonValue(), (status, value) => {
        for (const each of [value, { error: value }, [{ error: { code: 429, details: value } }]]) {
          decodeError(status, {}, Buffer.from(JSON.stringify(each)))
        }
      }),
    )
  })
})

test.each<[unknown, number | null]>([
  ['1s', 1_000],
  ['0.0001s', 1],
  ['1m30s', 90_000],
  ['', null],
  ['1', null],
  ['-1s', null],
  [{ seconds: '3', nanos: 500_000_000 }, 3_500],
  [{ seconds: 'x' }, null],
])('the duration %j', (value, expected) => {
  expect(durationMs(value)).toBe(expected)
})

test.each<[number, string]>([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [413, 'INVALID_ARGUMENT'],
  [422, 'FAILED_PRECONDITION'],
  [429, 'RESOURCE_EXHAUSTED'],
  [502, 'INTERNAL'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
])('T60 a caller gets %d as %s, with the wait as Google says it', (status, word) => {
  const error = { code: 'c', status, message: 'm', retryable: false, retryAfterMs: 1_500 }
  expect(JSON.parse(encodeError(error, 'r1'))).toMatchObject({
    error: { code: status, status: word, details: [{ retryDelay: '1.5s' }] },
  })
})
