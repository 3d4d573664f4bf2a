import { spawnSync } from 'node:child_process'
import { repository } from './repository.ts'

/** `npm run build`: `dist/` of every package, for images. Nothing in development needs it. */
const { status } = spawnSync(`${repository}/node_modules/.bin/turbo`, ['run', 'build'], {
  cwd: repository,
  stdio: 'inherit',
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
})
process.exitCode = status ?? 1
