import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { version } from './version.ts'

test('the version that is told is the one that is released', () => {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  expect(JSON.parse(text)).toMatchObject({ version })
})
