import { expect, test } from '@jest/globals'
import { windowOf } from './window-of.ts'

const at = Date.parse('2026-12-31T23:59:58.750Z')
const shown = (window: Parameters<typeof windowOf>[0]) => {
  const { startsAt, endsAt } = windowOf(window, at)
  return [startsAt, endsAt].map((time) => (time === null ? null : new Date(time).toISOString()))
}

test('M-243 windows begin with the UTC second, minute, hour, day and month; total has no end', () => {
  expect(shown('second')).toEqual(['2026-12-31T23:59:58.000Z', '2026-12-31T23:59:59.000Z'])
  expect(shown('minute')).toEqual(['2026-12-31T23:59:00.000Z', '2027-01-01T00:00:00.000Z'])
  expect(shown('hour')).toEqual(['2026-12-31T23:00:00.000Z', '2027-01-01T00:00:00.000Z'])
  expect(shown('day')).toEqual(['2026-12-31T00:00:00.000Z', '2027-01-01T00:00:00.000Z'])
  expect(shown('month')).toEqual(['2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'])
  expect(shown('total')).toEqual(['1970-01-01T00:00:00.000Z', null])
})
