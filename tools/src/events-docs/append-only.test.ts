import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { temporaryFolder } from '../lanes/temporary-folder.ts'
import { appendOnlyProblems } from './append-only.ts'

test('M-261: a published revision that was changed or removed is found, before the commit and after it', async () => {
  await using folder = await temporaryFolder('published')
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: folder.path,
    })
  const topic = 'packages/contracts/published/sluice.lamp.switched.v1'
  const write = (name: string, text: string) => {
    writeFileSync(join(folder.path, topic, name), text)
  }
  const found = () =>
    appendOnlyProblems(folder.path)
      .map(({ file }) => file)
      .toSorted()
  mkdirSync(join(folder.path, topic), { recursive: true })
  git('init', '--quiet')
  write('v1.0.json', '{}')
  git('add', '.')
  git('commit', '--quiet', '-m', 'publish')
  write('v1.1.json', '{}')
  git('add', '.')
  expect(found()).toEqual([])

  write('v1.0.json', '{"a":1}')
  expect(found()).toEqual([`${topic}/v1.0.json`])
  git('add', '.')
  git('commit', '--quiet', '-m', 'edit')
  expect(found()).toEqual([`${topic}/v1.0.json`])
  rmSync(join(folder.path, topic, 'v1.1.json'))
  expect(found()).toEqual([`${topic}/v1.0.json`, `${topic}/v1.1.json`])
})
