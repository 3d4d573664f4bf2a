import { createWriteStream } from 'node:fs'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { systemClock } from '@sluice/kernel/clock'
import { configurationError } from '@sluice/kernel/env'
import { messageOf } from '@sluice/kernel/errors'
import { serve } from '@sluice/kernel/http-server'
import { run, type RunningProcess } from '@sluice/kernel/run'
import { Registrar } from './registrar.ts'
import { createDemoProvider } from './demo-provider.ts'

const usage =
  'npm run demo-provider -- [--port 9100] [--host 127.0.0.1] [--log FILE] [--register GATEWAY --key KEY [--name demo-backend] [--lease SECONDS]]'

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '9100' },
        host: { type: 'string', default: '127.0.0.1' },
        log: { type: 'string' },
        register: { type: 'string' },
        key: { type: 'string' },
        name: { type: 'string', default: 'demo-backend' },
        lease: { type: 'string', default: '60' },
      },
    }).values
  } catch (error) {
    throw configurationError([messageOf(error), usage])
  }
}

async function start(): Promise<RunningProcess> {
  const values = readArguments()
  const log = values.log === undefined ? null : createWriteStream(values.log, { flags: 'a' })
  const onCall =
    log === null ? {} : { onCall: (call: object) => log.write(`${JSON.stringify(call)}\n`) }
  const handler = createDemoProvider({ clock: systemClock, ...onCall })
  const server = await serve(handler, {
    host: values.host,
    port: Number(values.port),
    clock: systemClock,
  })
  process.stdout.write(`demo provider on ${server.url}\n`)
  const registrar = createRegistrar(values, server.url)
  await registrar?.register()
  return {
    shutdownTimeoutMs: 1_000,
    async [Symbol.asyncDispose]() {
      await registrar?.[Symbol.asyncDispose]()
      await server.drain(1_000)
      await new Promise<void>((resolve) => {
        if (log === null) resolve()
        else log.end(resolve)
      })
    },
  }
}

function createRegistrar(
  { register, key, name, lease }: ReturnType<typeof readArguments>,
  url: string,
): Registrar | null {
  if (register === undefined) return null
  if (key === undefined) throw configurationError(['--register needs --key', usage])
  return new Registrar({
    gateway: register.replace(/\/+$/, ''),
    key,
    name,
    url,
    leaseS: Number(lease),
    clock: systemClock,
    say: (text) => process.stdout.write(text),
  })
}

const [first] = process.argv.slice(2)
if (first === '--help' || first === '-h') process.stdout.write(`${usage}\n`)
else run(start)
