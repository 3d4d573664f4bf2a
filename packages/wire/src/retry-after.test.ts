import { expect, test } from '@jest/globals'
import { retryAfterMs } from './retry-after.ts'

test.each([
  [{ 'retry-after-ms': '1500.2', 'retry-after': '9' }, 1501],
  [{ 'retry-after': '2' }, 2000],
  [{ 'retry-after': '0.25' }, 250],
  [
    { 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' },
    30_000,
  ],
  [{ 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 0],
  [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after-ms': '-5' }, undefined],
  [{}, undefined],
])('reads %j as %p ms', (headers, expected) => {
  expect(retryAfterMs(headers as Record<string, string>)).toBe(expected)
})
