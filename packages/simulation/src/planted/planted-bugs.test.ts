import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { replaceOnce } from './plant.ts'
import { plantedBugs } from './planted-bugs.ts'

const root = join(import.meta.dirname, '../../../..')

test('R13 there are at least twenty planted bugs', () => {
  expect(Object.keys(plantedBugs).length).toBeGreaterThanOrEqual(20)
})

test.each(Object.entries(plantedBugs))('R13 %s finds what it breaks', (_name, { edits }) => {
  for (const { file, find, replace } of edits)
    replaceOnce(readFileSync(join(root, file), 'utf8'), find, replace, file)
})
