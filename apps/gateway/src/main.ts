import process from 'node:process'
import { fromUnknown } from '@sluice/kernel/errors'
import { run } from '@sluice/kernel/run'
import { readGatewayConfig } from './config.ts'
import { startGateway } from './gateway.ts'

const print = (text: string) => process.stderr.write(`${text}\n`)

const [option, ...more] = process.argv.slice(2)
if (more.length > 0 || (option !== undefined && option !== '--check-config')) {
  print(
    'npm start [-- --check-config]: settings come from the environment (docs/env.md) and sluice.yaml',
  )
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
