import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runToEnd } from '../processes/run-to-end.ts'
import { repository } from '../repository.ts'
import { labFolder } from './folder.ts'

const inputs = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']
const stamp = join(labFolder, 'node_modules/.lab-stamp')

/** The clients as the lab's lockfile names them; nothing is done when they are there. */
export async function installLab(): Promise<void> {
  const texts = await Promise.all(inputs.map((file) => readFile(join(labFolder, file), 'utf8')))
  const wanted = hash('sha256', texts.join('\0'), 'hex')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return
  process.stderr.write('Installing the clients of the compatibility lab …\n')
  const pnpm = join(repository, '.toolchain/node_modules/pnpm/bin/pnpm.mjs')
  const args = ['install', '--frozen-lockfile', '--reporter=append-only']
  await runToEnd(process.execPath, [pnpm, ...args], { cwd: labFolder })
  await mkdir(dirname(stamp), { recursive: true })
  await writeFile(stamp, wanted)
}
