import type { Value } from '@sluice/iceberg/schema'
import type { Reason } from '../event-row.ts'

/** A member of a bill as JSON text, and what becomes of it in the column of its name: a value, or the whole event goes to quarantine. */
export interface OddMember {
  readonly member: string
  readonly json: string
  readonly becomes: Value | { readonly reason: Reason }
}

const refused = { reason: 'missing required field' } as const
const unread = { reason: 'not json' } as const

const members: Readonly<Record<string, readonly (readonly [string, OddMember['becomes']])[]>> = {
  // A long that is required.
  input_tokens: [
    ['"12"', 12n],
    ['-5', -5n],
    ['-0', 0n],
    ['"00012"', 12n],
    ['12.0e1', 120n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['9223372036854775807', 9_223_372_036_854_775_807n],
    ['9223372036854775808', refused],
    ['1.5', refused],
    ['"1.5"', refused],
    ['1.0', refused],
    ['0.5', refused],
    ['1e3', refused],
    ['1e400', refused],
    ['" 7 "', refused],
    ['"+7"', refused],
    [String.raw`"7\n"`, refused],
    ['"0x10"', refused],
    ['"1."', refused],
    ['"٣"', refused],
    ['""', refused],
    ['true', refused],
    ['null', refused],
    ['[1]', refused],
    ['{"a":1}', refused],
    ['9'.repeat(1_000), refused],
    ['9'.repeat(1_001), unread],
  ],
  // A long that is not.
  first_part_ms: [
    ['12', 12n],
    ['1.5', null],
    ['1e3', null],
    ['"soon"', null],
  ],
  stream: [
    ['true', true],
    ['"false"', false],
    ['"TRUE"', null],
    ['"yes"', null],
    ['1', null],
    ['""', null],
    ['[true]', null],
  ],
  // Unix ms, as a time in µs.
  finished_at: [
    ['0', 0n],
    ['"1700000000000"', 1_700_000_000_000_000n],
    ['253402300799999', 253_402_300_799_999_000n],
    ['253402300800000', refused],
    ['9223372036854775807', refused],
    ['-1', refused],
    ['1700000000000.5', refused],
    ['1.7e12', refused],
    ['"2026-01-05T12:00:00Z"', refused],
    ['""', refused],
  ],
  model: [
    ['""', ''],
    ['" "', ' '],
    ['"null"', 'null'],
    ['12', '12'],
    ['1.10', '1.10'],
    ['-0.0', '0.0'],
    ['1e3', '1E+3'],
    ['1.5e-3', '0.0015'],
    ['0.00000012', '1.2E-7'],
    ['1e400', '1E+400'],
    ['12345678901234567890', '12345678901234567890'],
    ['1e9999999999', unread],
    ['true', 'true'],
    ['[]', refused],
    [String.raw`"\u0000"`, '\0'],
    [String.raw`"a\ud800b"`, 'a?b'],
    [String.raw`"\ud83d\ude00"`, '😀'],
    ['"e\u0301"', 'e\u0301'],
    [String.raw`"\u2028\/"`, '\u2028/'],
  ],
  calls: [
    ['[]', '[]'],
    ['{}', '{}'],
    ['null', null],
    ['"text"', null],
    ['5', null],
    ['{"b":{"z":1,"a":[{"d":1,"c":2}]},"a":null}', '{"a":null,"b":{"a":[{"c":2,"d":1}],"z":1}}'],
    ['{"10":1,"9":2,"a":0,"B":1}', '{"10":1,"9":2,"B":1,"a":0}'],
    ['{"\uffff":1,"😀":2,"z":3,"":4}', '{"":4,"z":3,"😀":2,"\uffff":1}'],
    ['{"__proto__":1,"a":1,"a":2}', '{"__proto__":1,"a":2}'],
    ['[1.0, 1e3, 2.50, 9007199254740993, -0]', '[1.0,1E+3,2.50,9007199254740993,0]'],
    [String.raw`["\u007f\u0001\b","<é>","\ud800"]`, String.raw`["${'\u007f'}\u0001\b","<é>","?"]`],
  ],
}

export const oddMembers: readonly OddMember[] = Object.entries(members).flatMap(([member, cases]) =>
  cases.map(([json, becomes]) => ({ member, json, becomes })),
)

/** The bill as JSON, with that text in the place of the member’s value. */
export function withOddMember(bill: object, { member, json }: OddMember): string {
  const others = Object.entries(bill).filter(([name]) => name !== member)
  return `${JSON.stringify(Object.fromEntries(others)).slice(0, -1)},"${member}":${json}}`
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const more = (bill: string, member: string) => `${bill.slice(0, -1)},${member}}`

/** What becomes of a whole record, made from the text of a bill; null = a row. */
export const oddRecords: readonly (readonly [
  what: string,
  make: (bill: string) => string,
  reason: Reason | null,
])[] = [
  ['empty', () => '', 'no value'],
  ['blank', () => ' ', 'not json'],
  ['cut off', (bill) => bill.slice(0, -1), 'not json'],
  ['text after it', (bill) => `${bill} x`, 'not json'],
  ['two of them', (bill) => bill + bill, 'not json'],
  ['a byte order mark', (bill) => `\ufeff${bill}`, 'not json'],
  ['a comment', (bill) => `/* */${bill}`, 'not json'],
  ['a comma too many', (bill) => `${bill.slice(0, -1)},}`, 'not json'],
  ['NaN', (bill) => more(bill, '"x":NaN'), 'not json'],
  ['a leading zero', (bill) => more(bill, '"x":012'), 'not json'],
  ['a tab within a string', (bill) => more(bill, '"x":"\t"'), 'not json'],
  ['too deep', (bill) => more(bill, `"x":${nested(999)}`), 'not json'],
  ['too long a name', (bill) => more(bill, `"${'x'.repeat(50_001)}":1`), 'not json'],
  ['null', () => 'null', 'missing required field'],
  ['a number', () => '5', 'missing required field'],
  ['a string', () => '"text"', 'missing required field'],
  ['a list', (bill) => `[${bill}]`, 'missing required field'],
  ['nothing in it', () => '{}', 'missing required field'],
  ['a member given and taken', (bill) => more(bill, '"tenant_id":null'), 'missing required field'],
  ['blanks around it', (bill) => `\n\t ${bill}\r\n`, null],
  ['a member twice', (bill) => more(bill, '"model":"m"'), null],
  ['deep', (bill) => more(bill, `"x":${nested(998)}`), null],
  ['a string of 900 KB', (bill) => more(bill, `"x":"${'y'.repeat(900_000)}"`), null],
]
