import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { repository } from './repository.ts'

/** `npm run build`: `dist/` of every package, for images. Nothing in development needs it. */
const toolchain = join(repository, '.toolchain')

/** Turbo starts `pnpm` by name; the file that its package installs is one only a shell can start. */
function pnpmOnPath(): string {
  const folder = join(toolchain, 'bin')
  mkdirSync(folder, { recursive: true })
  const launcher = join(toolchain, 'node_modules/pnpm/bin/pnpm.mjs')
  const script = `#!/bin/sh\nexec "${process.execPath}" "${launcher}" "$@"\n`
  writeFileSync(join(folder, 'pnpm'), script, { mode: 0o755 })
  return folder
}

const turbo = join(repository, 'node_modules/.bin/turbo')
const { status } = spawnSync(turbo, ['run', 'build', ...process.argv.slice(2)], {
  cwd: repository,
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: `${pnpmOnPath()}${delimiter}${process.env['PATH'] ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
  },
})
process.exitCode = status ?? 1
