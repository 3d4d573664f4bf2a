import { expect, test } from '@jest/globals'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { retryHeaders } from './retry-headers.ts'

const error = (fields: Partial<GenerationError>): GenerationError => ({
  code: 'some_code',
  status: 502,
  message: '',
  retryable: true,
  ...fields,
})

test.each([
  ['a wait is rounded up to seconds', { status: 429, retryAfterMs: 1_001 }, ['2', '1001', null]],
  ['429 and 503 always name one', { status: 503 }, ['1', '1000', null]],
  ['other errors leave it to the client', { status: 502 }, [null, null, null]],
  ['other errors pass a known wait on', { status: 502, retryAfterMs: 500 }, ['1', '500', null]],
  ['a wait SDKs ignore forbids the retry', { retryAfterMs: 61_000 }, ['61', '61000', 'false']],
  ['what cannot help forbids it', { status: 503, retryable: false }, [null, null, 'false']],
])('%s', (_name, fields, expected) => {
  const headers = retryHeaders(error(fields))
  const names = ['retry-after', 'retry-after-ms', 'x-should-retry']
  expect(names.map((name) => headers[name] ?? null)).toEqual(expected)
})
