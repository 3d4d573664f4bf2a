import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { rows as faultRows } from '../chaos/faults/rows.ts'
import { repository } from '../repository.ts'

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
    const files = [...shownBy.matchAll(/\]\(\.\.\/([^)]+\.ts)\)/g)].map(([, file = '']) => file)
    const lacking = files.filter((file) => !hasInString(join(repository, file), id))
    expect(lacking).toEqual([])
    for (const [, named = ''] of shownBy.matchAll(/--rows (FM\d\d)/g))
      expect(faultRows.map((known) => known.id)).toContain(named)
  },
)

/** Titles are string literals. */
function hasInString(file: string, id: string): boolean {
  return new RegExp(`['"\`][^'"\`\\n]*${id}\\b`).test(readFileSync(file, 'utf8'))
}
