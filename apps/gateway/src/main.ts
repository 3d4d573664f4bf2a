import process from 'node:process'
import { fromUnknown } from '@sluice/kernel/errors'
import { run } from '@sluice/kernel/run'
import { readGatewayConfig } from './config.ts'
import { startGateway } from './gateway.ts'

const usage = `npm start [-- --check-config]

The gateway in one process. Settings come from the environment (docs/env.md) and from sluice.yaml (docs/configuration.md); without any, everything is
embedded and the demo provider answers. --check-config prints every problem of both and starts nothing.`

const print = (text: string) => process.stderr.write(`${text}\n`)

const [option, ...more] = process.argv.slice(2)
if (option === '--help' || option === '-h') {
  process.stdout.write(`${usage}\n`)
} else if (more.length > 0 || (option !== undefined && option !== '--check-config')) {
  print(usage)
  process.exitCode = 2
} else if (option === '--check-config') {
  try {
    readGatewayConfig(process.env, process.pid)
    process.stdout.write('The configuration is valid.\n')
  } catch (error) {
    print(fromUnknown(error).message)
    process.exitCode = 2
  }
} else {
  run(() =>
    startGateway({
      env: process.env,
      processId: process.pid,
      sinceStart: () => performance.now(),
      // Standard error, so that standard output stays the log stream.
      print,
    }),
  )
}
