import { expect, test } from '@jest/globals'
import { readOptions } from './options.ts'

test('without arguments everything is measured in five rounds', () => {
  const options = readOptions([])
  expect(options.only).toContain('cluster')
  expect(options.rounds).toBe(5)
})

test('reads targets with and without a process id', () => {
  const { targets } = readOptions([
    '--target',
    'a=http://127.0.0.1:1/v1,42',
    '--target',
    'b=http://x/v1',
  ])
  expect(targets.map(({ name, url, pid }) => [name, url, pid])).toEqual([
    ['a', 'http://127.0.0.1:1/v1', 42],
    ['b', 'http://x/v1', null],
  ])
})

test.each([
  [['--only', 'envoy'], 'no set-up envoy'],
  [['--rounds', 'many'], '--rounds must be a whole number'],
  [['--target', 'nonsense'], 'expected NAME=http'],
])('refuses %j', (args, message) => {
  expect(() => readOptions(args)).toThrow(message)
})
