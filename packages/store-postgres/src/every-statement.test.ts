import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

const folder = new URL('.', import.meta.url)
/** Migrations need the rights of the login, a ping asks for nothing, and a catalogue of Iceberg is not in our database. */
const ownRights = [
  'migrate.ts',
  'pglite-database.ts',
  'postgres-database.ts',
  'iceberg-locations.ts',
]

test('S-43 every statement and transaction of a store says for whom it is', () => {
  const files = readdirSync(folder).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  )
  const silent = files
    .filter((file) => !ownRights.includes(file))
    .flatMap((file) =>
      calls(readFileSync(new URL(file, folder), 'utf8')).map((call) => [file, call] as const),
    )
    .filter(([, { method, parts }]) => parts < (method === 'query' ? 3 : 2))
    .map(([file, { text }]) => `${file}: ${text}`)
  expect(silent).toEqual([])
})

interface Call {
  readonly method: string
  readonly parts: number
  readonly text: string
}

/** Calls of a database, with the number of their arguments. */
function calls(file: string): Call[] {
  const source = file.replaceAll(/(^|\s)\/\/ .*$/gm, '')
  return [...source.matchAll(/\b#?database\.(query|transaction)(?:<[^(]*>)?\(/g)].map((match) => {
    const [opening, method = ''] = match
    const { parts, end } = countArguments(source, match.index + opening.length)
    return { method, parts, text: source.slice(match.index, Math.min(end, match.index + 80)) }
  })
}

function countArguments(source: string, from: number): { parts: number; end: number } {
  let depth = 0
  let parts = 0
  let isEmpty = true
  for (let at = from; at < source.length; at += 1) {
    const character = source[at] ?? ''
    if (depth === 0 && character === ')') return { parts: isEmpty ? parts : parts + 1, end: at }
    if (depth === 0 && character === ',') {
      parts += 1
      isEmpty = true
      continue
    }
    if (/\S/.test(character)) isEmpty = false
    if ('([{'.includes(character)) depth += 1
    if (')]}'.includes(character)) depth -= 1
    if (`'"\``.includes(character)) {
      do at += source[at] === '\\' ? 2 : 1
      while (at < source.length && source[at] !== character)
    }
  }
  throw new Error('a call that does not end')
}
