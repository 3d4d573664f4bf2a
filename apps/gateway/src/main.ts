import process from 'node:process'
import { runCli } from '@sluice/cli'
import { run } from '@sluice/kernel/run'
import { startGateway } from './gateway.ts'

const output = {
  out: (text: string) => process.stdout.write(`${text}\n`),
  error: (text: string) => process.stderr.write(`${text}\n`),
}

if (process.argv.includes('--check-config')) {
  process.exitCode = await runCli(['check-config'], process.env, output)
} else {
  run(() =>
    startGateway({
      env: process.env,
      processId: process.pid,
      sinceStart: () => performance.now(),
      // Standard error, so that standard output stays the log stream.
      print: output.error,
    }),
  )
}
