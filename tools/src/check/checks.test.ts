import { expect, test } from '@jest/globals'
import type { Check } from './check.ts'
import { comments } from './comments.ts'
import { determinism } from './determinism.ts'
import { forbiddenText } from './forbidden-text.ts'
import { packageFiles } from './package-files.ts'
import { processAccess } from './process-access.ts'
import { thirdPartyClients } from './third-party-clients.ts'

const machinePath = `see /${'work'}/main/README.md`
const registry = `https://${['registry', 'npmjs', 'org'].join('.')}/zod`

/** One planted violation each, on line 2, and how the same is written rightly. */
const cases: [Check, string, string, string][] = [
  [
    thirdPartyClients,
    'services/router/src/a.ts',
    `import { Redis } from 'ioredis'`,
    `import { z } from 'zod'`,
  ],
  [processAccess, 'packages/wire/src/a.ts', 'process.env.PORT', 'env.PORT'],
  [processAccess, 'packages/wire/src/a.ts', 'process.exit(1)', 'throw error'],
  [
    processAccess,
    'packages/wire/src/a.ts',
    `import { env } from 'node:process'`,
    `import process from 'node:process'`,
  ],
  [determinism, 'services/usage/src/a.ts', 'Date.now()', 'clock.now()'],
  [determinism, 'packages/store/src/a.ts', 'const id = randomUUID()', 'const id = newId()'],
  [determinism, 'packages/wire/src/a.ts', 'setTimeout(run, 5)', 'socket.setTimeout(5)'],
  [forbiddenText, 'docs/a.md', machinePath, 'see README.md, or a /workflow/'],
  [forbiddenText, 'docs/a.md', registry, 'the npm registry'],
  [comments, 'packages/wire/src/a.ts', '// oxlint-disable-next-line no-empty', '// empty'],
  [
    comments,
    'packages/wire/src/a.ts',
    '// @ts-expect-error',
    '// @ts-expect-error the types of pg lack it',
  ],
  [comments, 'packages/wire/src/a.ts', '// TODO later', '// TODO(#12): later'],
]

test.each(cases)(
  'a rule finds its planted violation and lets the right form pass (%#)',
  (check, path, wrong, right) => {
    const findings = check.run([{ path, text: `\n${wrong}\n` }])
    expect(findings.map(({ file, line }) => `${file}:${String(line)}`)).toEqual([`${path}:2`])
    expect(check.run([{ path, text: `\n${right}\n` }])).toEqual([])
  },
)

test('a package without a description or a README.md is found', () => {
  const manifest = { path: 'packages/new/package.json', text: '{"name":"@sluice/new"}' }
  expect(packageFiles.run([manifest]).map(({ message }) => message)).toEqual([
    'has no description',
    'has no README.md beside it',
  ])
  const text = '{"description":"something new"}'
  const whole = [
    { ...manifest, text },
    { path: 'packages/new/README.md', text: '' },
  ]
  expect(packageFiles.run(whole)).toEqual([])
})
