import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { models, scenarios } from './demo-request.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const configuration = readFileSync(
  new URL('../../../docs/configuration.md', import.meta.url),
  'utf8',
)

test('what the demo provider can be asked for is in its own page and in the one on configuration', () => {
  for (const name of models) {
    expect(readme).toContain(`\`${name}\``)
    expect(configuration).toContain(`\`${name}\``)
  }
  for (const scenario of scenarios) {
    expect(readme).toContain(`\`:${scenario}\``)
    expect(configuration).toMatch(new RegExp(`[\`t]:${scenario}\``))
  }
})

test('the page says how long :timeout lasts, and what the faults of a stream do to a plain call', () => {
  const row = (suffix: string) =>
    readme.split('\n').find((line) => line.startsWith(`| \`:${suffix}\``)) ?? ''
  expect(row('timeout')).toContain('FIRST_BYTE_TIMEOUT_MS')
  for (const suffix of ['truncate', 'no-done', 'garbage', 'error-midstream'])
    expect(row(suffix)).toContain('plain:')
})
