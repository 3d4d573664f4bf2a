import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { createProgram } from './cli.ts'
import { commandList } from './testing/command-list.ts'

test('M-290: docs/cli.md lists every command with its options, as the commands are', () => {
  const silent = { out: () => undefined, error: () => undefined }
  const text = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')
  const listed = text.split('\n').filter((line) => line.startsWith('| `sluice '))
  expect(listed).toEqual(commandList(createProgram({}, silent)))
})
