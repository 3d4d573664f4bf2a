import { stripVTControlCharacters } from 'node:util'
import { expect, test } from '@jest/globals'
import { readableLine } from './readable-line.ts'

const time = '2026-11-21T19:34:14.732Z'
const shown = new Date(time).toTimeString().slice(0, 8)

function readable(fields: object): string {
  const line = JSON.stringify({ level: 'info', time, service: 'gateway', ...fields })
  return stripVTControlCharacters(readableLine(`${line}\n`))
}

test('a request is its status and route, then what is worth a look', () => {
  const call = { route: '/v1/chat/completions', tenant_id: 'default', error: null, attached: false }
  expect(
    readable({
      ...call,
      status: 200,
      model: 'demo/chat',
      duration_ms: 38.067,
      msg: 'inference call',
    }),
  ).toBe(`${shown} 200 /v1/chat/completions  model=demo/chat duration_ms=38.1\n`)
})

test('other lines are their message; a warning says that it is one', () => {
  expect(readable({ level: 'warn', problem: 'no broker', tries: 2, msg: 'not yet' })).toBe(
    `${shown} warn not yet  problem="no broker" tries=2\n`,
  )
})

test('an error is followed by its stack', () => {
  const err = { type: 'Error', message: 'refused', stack: 'Error: refused\n    at x.ts:1' }
  expect(readable({ level: 'error', err, msg: 'request failed' })).toBe(
    `${shown} error request failed\nError: refused\n    at x.ts:1\n`,
  )
})
