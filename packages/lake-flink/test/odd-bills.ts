import { usage } from '@sluice/contracts/lake/tables'
import { readEvent } from '@sluice/lake/event-row'
import { oddMembers, oddRecords, withOddMember } from '@sluice/lake/testing/odd-values'
import { bill } from './events.ts'

type Stored = Parameters<typeof readEvent>[1]

const columns = usage.columns.filter(({ from }) => 'path' in from)

/** Bills with odd values, each a key of its own where it has one. */
export function oddBills(first: number): readonly string[] {
  const members = oddMembers.map((odd, i) =>
    withOddMember(JSON.parse(bill(first + i).value) as object, odd),
  )
  const records = oddRecords.map(([, make], i) => make(bill(first + members.length + i).value))
  return [...members, ...records]
}

/** What the gateway's own writer makes of it, to be compared with `asFlinkWrote`. */
export function asWeWrite(value: string): Readonly<Record<string, unknown>> {
  const read = readEvent(usage, { value, partition: 0, offset: 0n } as Stored, 0)
  return 'row' in read ? plain(read.row) : { reason: read.reason }
}

/** A row of `usage` or of `quarantine`, as PyIceberg reads it. */
export function asFlinkWrote(
  row: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return 'reason' in row ? { reason: row['reason'] } : plain(row)
}

function plain(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    columns.map(({ name, type }) => {
      const value = row[name] ?? null
      // Ours has µs, PyIceberg tells ms; longs that no double holds come as text.
      const told = type === 'timestamptz' && typeof value === 'bigint' ? value / 1_000n : value
      return [name, typeof told === 'bigint' || typeof told === 'number' ? told.toString() : told]
    }),
  )
}
