import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { repository } from '../repository.ts'
import { lackingTitle, linkedFiles } from './linked-tests.ts'

const row = /^\| ([MB]-\d+) \| [^|]+ \| (.+) \|$/gm

test('docs/capabilities.md names for each id test files that have it in a title', () => {
  const text = readFileSync(join(repository, 'docs/capabilities.md'), 'utf8')
  const rows = [...text.matchAll(row)]
  expect(rows.length).toBeGreaterThan(30)
  for (const [, id = '', links = ''] of rows) {
    const files = linkedFiles(links)
    expect(files).not.toEqual([])
    expect({ id, lacking: lackingTitle(files, id) }).toEqual({ id, lacking: [] })
  }
})
