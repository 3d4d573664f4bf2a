import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@sluice/kernel/errors'
import { runToEnd } from '../processes/run-to-end.ts'
import { repository } from '../repository.ts'
import { labFolder } from './folder.ts'

export interface Python {
  /** Null where it cannot be had. */
  readonly program: string | null
  readonly reason: string
}

/** The Python clients in an environment of their own. An extra, whose absence fails nothing: it is said and skipped. */
export async function installPython(): Promise<Python> {
  const folder = join(repository, 'node_modules/.cache/lab-python')
  const program = join(folder, 'bin/python')
  const requirements = join(labFolder, 'python/requirements.txt')
  const wanted = hash('sha256', await readFile(requirements), 'hex')
  const stamp = join(folder, '.lab-stamp')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted)
    return { program, reason: '' }
  process.stderr.write('Installing the Python clients of the compatibility lab …\n')
  try {
    await runToEnd('python3', ['-m', 'venv', folder], {})
    await runToEnd(program, ['-m', 'pip', 'install', '--quiet', '-r', requirements], {})
    await writeFile(stamp, wanted)
    return { program, reason: '' }
  } catch (error) {
    return { program: null, reason: messageOf(error) }
  }
}
