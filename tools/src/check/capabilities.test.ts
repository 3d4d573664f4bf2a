import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { repository } from '../repository.ts'

const row = /^\| ([MB]-\d+) \| [^|]+ \| (.+) \|$/gm

test('docs/capabilities.md names for each id test files that have it in a title', () => {
  const text = readFileSync(join(repository, 'docs/capabilities.md'), 'utf8')
  const rows = [...text.matchAll(row)]
  expect(rows.length).toBeGreaterThan(30)
  for (const [, id = '', links = ''] of rows) {
    const files = [...links.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, file = '']) => file)
    expect(files).not.toEqual([])
    const lacking = files.filter((file) => !hasInString(join(repository, file), id))
    expect({ id, lacking }).toEqual({ id, lacking: [] })
  }
})

/** Titles are string literals. */
function hasInString(file: string, id: string): boolean {
  return new RegExp(`['"\`][^'"\`\\n]*${id}\\b`).test(readFileSync(file, 'utf8'))
}
