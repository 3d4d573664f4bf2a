import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { repository } from '../repository.ts'
import { lackingTitle, linkedFiles } from './linked-tests.ts'

const text = readFileSync(join(repository, 'docs/dialects.md'), 'utf8')
const rowsOf = (pattern: RegExp) => [...text.matchAll(pattern)]
const cases = rowsOf(/^\| (T\d\d) \| [^|]+ \| (.+) \|$/gm)
const rules = rowsOf(/^\| (\d+) \| [^|]+ \| (.+) \|$/gm)

test('docs/dialects.md says of every translation case and every rule of the edge what shows it, or that nothing does', () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
  expect(cases.map(([, id]) => id)).toEqual(
    numbers(64).map((number) => `T${String(number).padStart(2, '0')}`),
  )
  expect(rules.map(([, id]) => id)).toEqual(numbers(15).map(String))
})

test.each([
  ...cases.map(([, id = '', links = '']) => [id, links] as const),
  ...rules.map(([, number = '', links = '']) => [`ingress rule ${number}`, links] as const),
])('the tests that docs/dialects.md names for %s carry its id', (id, links) => {
  const files = linkedFiles(links)
  if (files.length === 0) expect(links).toContain('not covered')
  expect(lackingTitle(files, id)).toEqual([])
})
