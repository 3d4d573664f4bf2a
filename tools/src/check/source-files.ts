import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../repository.ts'

export interface SourceFile {
  /** From the root of the work tree, with `/`. */
  readonly path: string
  readonly text: string
}

/** Everything that is in git or is about to be: tracked files, and new ones that are not ignored. */
export function readSourceFiles(): SourceFile[] {
  const { stdout, status, stderr } = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: repository, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  if (status !== 0) throw new Error(`git cannot list the files: ${stderr}`)
  const paths = new Set(stdout.split('\0').filter((path) => path !== ''))
  return [...paths].flatMap((path) => {
    const text = read(path)
    return text === null ? [] : [{ path, text }]
  })
}

/** Null for what is deleted but still tracked, and for what is no text. */
function read(path: string): string | null {
  let bytes: Buffer
  try {
    bytes = readFileSync(join(repository, path))
  } catch {
    return null // deleted, or a link to nowhere
  }
  return bytes.includes(0) ? null : bytes.toString()
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

/** `packages/wire/src/framing.ts` → `packages/wire`; null outside the workspace. */
export function packageOf(path: string): string | null {
  return /^(?:(?:packages|services|apps)\/[^/]+|tools|e2e)(?=\/)/.exec(path)?.[0] ?? null
}

export function isTypeScript({ path }: SourceFile): boolean {
  return path.endsWith('.ts') || path.endsWith('.tsx')
}

/** Tests, their fixtures and the packages made for them. */
export function isTestFile(path: string): boolean {
  return (
    /\.test\.tsx?$/.test(path) ||
    /\/(test|testing|__fixtures__)\//.test(path) ||
    /^packages\/(testkit|[^/]+-testing)\//.test(path) ||
    path.startsWith('e2e/')
  )
}
