import { expect, test } from '@jest/globals'
import { readChaosOptions } from './options.ts'

test('without arguments: half an hour of kills', () => {
  expect(readChaosOptions([])).toEqual({
    minutes: 30,
    rolling: null,
    rows: null,
    versions: null,
    kills: false,
    toxics: false,
    dir: null,
    lanes: 40,
    pauseMs: [500, 3_000],
    checkOnly: false,
  })
})

test('rows need the connections to go through proxies', () => {
  expect(readChaosOptions(['--rows', 'FM43,FM22'])).toMatchObject({
    rows: ['FM43', 'FM22'],
    toxics: true,
  })
  const { rows } = readChaosOptions(['--rows', 'all'])
  expect(rows).toContain('FM48')
  expect(rows).not.toContain('FM32-10')
})

test.each([
  [['--minutes', 'x'], /--minutes x/],
  [['--rolling', '0'], /--rolling 0/],
  [['--pause', '5,'], /--pause/],
  [['--rows', 'FM99'], /FM99: one of FM/],
  [['--check'], /--dir/],
  [['--what'], /--what/],
])('%j is refused', (args, message) => {
  expect(() => readChaosOptions(args)).toThrow(message)
})
