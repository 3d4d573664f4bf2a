import { expect, test } from '@jest/globals'
import { csv } from './csv.ts'

test('quotes what needs it', () => {
  expect(csv([['a', 'b,c', 'd"e', 'f\ng', null, 1.5, -2n, true]])).toBe(
    'a,"b,c","d""e","f\ng",,1.5,-2,true\r\n',
  )
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =cmd|', '\r=1'])(
  'a text that a spreadsheet would take for a formula is none: %j',
  (text) => {
    expect(csv([[text]])).toMatch(/^"?'/)
  },
)
