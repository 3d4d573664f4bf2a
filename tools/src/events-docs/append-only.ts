import { spawnSync } from 'node:child_process'
import type { Finding } from '../check/check.ts'
import { publishedFolder } from './published.ts'

/** Published revisions that were changed or removed, in the work tree or in any commit that this clone knows of. */
export function appendOnlyProblems(folder: string): Finding[] {
  const changed = ['--no-renames', '--diff-filter=MD', '--name-only']
  const paths = new Set([
    ...git(folder, ['diff', ...changed, 'HEAD', '--', publishedFolder]),
    ...git(folder, ['log', '--format=', ...changed, '--', publishedFolder]),
  ])
  return [...paths].map((file) => ({
    file,
    line: 1,
    message: 'was published, and may be neither changed nor removed: take it back from git',
  }))
}

function git(folder: string, args: readonly string[]): string[] {
  const { stdout, status, stderr } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
  return stdout.split('\n').filter((line) => line !== '')
}
