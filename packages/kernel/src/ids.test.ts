import { expect, test } from '@jest/globals'
import { RequestId } from '@sluice/contracts/ids'
import { newRequestId } from './ids.ts'

test('ids are valid UUIDv7 that carry their time and sort by it', () => {
  const early = newRequestId(1_700_000_000_000)
  const late = newRequestId(1_700_000_000_001)
  expect(RequestId.parse(early)).toBe(early)
  expect(early[14]).toBe('7')
  expect('89ab').toContain(early[19])
  expect(Number.parseInt(early.replaceAll('-', '').slice(0, 12), 16)).toBe(1_700_000_000_000)
  expect(late > early).toBe(true)
})

test('ids do not repeat across refills of the random pool', () => {
  const ids = new Set(Array.from({ length: 5_000 }, () => newRequestId(1)))
  expect(ids.size).toBe(5_000)
})
