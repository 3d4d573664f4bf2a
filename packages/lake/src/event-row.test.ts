import { describe, expect, test } from '@jest/globals'
import { usage } from '@sluice/contracts/lake/tables'
import type { StoredEvent } from '@sluice/event-log'
import { type Read, readEvent } from './event-row.ts'
import { eventOf, usageEvent } from './testing/lake-events.ts'
import { oddMembers, oddRecords, withOddMember } from './testing/odd-values.ts'

/** The Flink job is given the same: packages/lake-flink/test. */
describe('M-267: odd values become what they become in Flink', () => {
  const bill = usageEvent(1, 1_700_000_000_000)
  const read = (value: string): Read => {
    const event: StoredEvent = { ...eventOf('k', value, 0), partition: 0, offset: 0n }
    return readEvent(usage, event, 0)
  }

  test.each(oddMembers.map((odd) => [odd.member, odd.json.slice(0, 60), odd] as const))(
    '%s: %s',
    (member, _json, odd) => {
      const found = read(withOddMember(JSON.parse(bill.value) as object, odd))
      expect('row' in found ? found.row[member] : found).toEqual(odd.becomes)
    },
  )

  test.each(oddRecords)('a record with %s', (_what, make, reason) => {
    const found = read(make(bill.value))
    expect('reason' in found ? found.reason : null).toBe(reason)
  })
})
