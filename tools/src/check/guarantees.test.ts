import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { rows as faultRows } from '../chaos/faults/rows.ts'
import { repository } from '../repository.ts'
import { lackingTitle, linkedFiles } from './linked-tests.ts'

const row = /^\| (FM\d\d) \| [^|]+ \| (.+) \|$/gm

function guarantees(): [id: string, shownBy: string][] {
  const text = readFileSync(join(repository, 'docs/guarantees.md'), 'utf8')
  return [...text.matchAll(row)].map(([, id = '', shownBy = '']) => [id, shownBy])
}

function numbers(first: number, last: number): string[] {
  return Array.from(
    { length: last - first + 1 },
    (_, index) => `FM${String(first + index).padStart(2, '0')}`,
  )
}

test('docs/guarantees.md says of every row of the fault matrix what shows it, or that nothing does', () => {
  const wanted = [...numbers(1, 29), ...numbers(32, 33), ...numbers(42, 45), ...numbers(47, 52)]
  expect(guarantees().map(([id]) => id)).toEqual(wanted)
})

test.each(guarantees())(
  'the tests that docs/guarantees.md names for %s carry its id',
  (id, shownBy) => {
    const files = linkedFiles(shownBy).filter((file) => file.endsWith('.ts'))
    expect(lackingTitle(files, id)).toEqual([])
    for (const [, named = ''] of shownBy.matchAll(/--rows (FM\d\d)/g))
      expect(faultRows.map((known) => known.id)).toContain(named)
  },
)
