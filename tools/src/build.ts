import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { repository } from './repository.ts'
import { serviceNames } from './services.ts'
import { takeNoArguments } from './usage.ts'

/**
 * `dist/` of every package, for images. Nothing in development needs it, so nothing in development would notice what is
 * broken only there: every service is loaded once from what was built.
 */
takeNoArguments('npm run build: dist/ of every package, for images; nothing else needs it')

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

function build(): boolean {
  const turbo = join(repository, 'node_modules/.bin/turbo')
  const { status } = spawnSync(turbo, ['run', 'build'], {
    cwd: repository,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${pnpmOnPath()}${delimiter}${process.env['PATH'] ?? ''}`,
      TURBO_TELEMETRY_DISABLED: '1',
    },
  })
  return status === 0
}

/** Without any setting a service ends by itself, with 2 for "not configured": everything it imports was there. */
function loads(service: string): boolean {
  const main = join(repository, 'services', service, 'dist/main.js')
  const { status, stderr } = spawnSync(process.execPath, [main], {
    env: {},
    encoding: 'utf8',
    timeout: 30_000,
  })
  if (status !== 2) process.stderr.write(`${service} does not start from dist/:\n${stderr}\n`)
  return status === 2
}

if (!build() || !serviceNames().map(loads).every(Boolean)) process.exitCode = 1
