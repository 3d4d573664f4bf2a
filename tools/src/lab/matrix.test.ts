import { expect, test } from '@jest/globals'
import { clients } from '../../../e2e/clients/lab/clients.ts'
import { featureNames } from '../../../e2e/clients/lab/features.ts'
import { allPass, readVersions, renderMatrix } from './matrix.ts'
import { readSection, replaceSection, withoutPadding } from './readme.ts'

const lockfile = `importers:

  .:
    devDependencies:
      '@ai-sdk/openai':
        specifier: 4.0.118
        version: 4.0.118(zod@4.6.7)
      older:
        specifier: npm:@anthropic-ai/sdk@0.122.0
        version: '@anthropic-ai/sdk@0.122.0(zod@4.6.7)'

packages:

  openai@7.57.0:
    resolution: {}
`

test('versions are those of the lockfile, without what they were installed with', () => {
  expect([...readVersions(lockfile, 'openai==3.54.0\n')]).toEqual([
    ['node @ai-sdk/openai', '4.0.118'],
    ['node older', '0.122.0'],
    ['python openai', '3.54.0'],
  ])
})

test('each client has a row with a mark for what it has, and another one for what fails or was not run', () => {
  const versions = new Map(
    clients.flatMap(({ language, package: name, on = name }) =>
      [name, on].map((each) => [`${language} ${each}`, '1.0'] as const),
    ),
  )
  const [first] = clients
  const outcomes = ['failed', 'not run'] as const
  const matrix = renderMatrix(versions, (client, feature) =>
    client === first ? (outcomes[featureNames.indexOf(feature)] ?? 'passed') : 'passed',
  )
  const rows = matrix.split('\n').filter((line) => line.startsWith('| '))
  expect(rows).toHaveLength(2 + clients.length)
  expect(rows[2]).toContain('| **fails** | ? | ✓ |')
  expect(matrix).not.toBe(renderMatrix(versions, allPass))
})

test('a section is replaced between its markers, and a padded table is the same table', () => {
  const readme =
    'a\n<!-- compatibility matrix: npm run lab -- --write-readme -->\nold\n<!-- end of the compatibility matrix -->\nb\n'
  const replaced = replaceSection(readme, '| a | b |\n| --- | :-: |')
  expect(readSection(replaced)).toBe('| a | b |\n| --- | :-: |')
  expect(replaced.endsWith('\nb\n')).toBe(true)
  expect(withoutPadding('| a   | b   |\n| ----- | :---: |')).toBe(
    withoutPadding('| a | b |\n| --- | :-: |'),
  )
  expect(() => replaceSection('no markers', '')).toThrow('lacks the markers')
})
