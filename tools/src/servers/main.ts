import { parseArgs } from 'node:util'
import { messageOf } from '@sluice/kernel/errors'
import { answerHelp, refuse } from '../usage.ts'
import { type ServerName, serverNames } from './server-kind.ts'
import { storeNames } from './server-kinds.ts'
import { serversDown, serversUp } from './servers.ts'

const usage = `npm run servers -- up --dir DIR [--with model,iceberg-rest] [--only redis,postgres,kafka]
npm run servers -- down --dir DIR

Redis, Postgres and Kafka as local processes on free loopback ports, with their data under DIR.
\`up\` prints one NAME=URL line for each; \`down\` ends them and keeps the data.`

async function up(dir: string, names: readonly ServerName[]): Promise<number> {
  const { variables, problems } = await serversUp(dir, names)
  for (const [name, url] of Object.entries(variables)) process.stdout.write(`${name}=${url}\n`)
  for (const [name, problem] of problems) process.stderr.write(`${name}: ${problem}\n`)
  return [...problems.keys()].some((name) => name !== 'model') ? 1 : 0 // the model is an extra
}

function namesOf(list: string): ServerName[] {
  return list.split(',').map((name) => {
    const found = serverNames.find((known) => known === name.trim())
    if (!found) throw new Error(`no server ${name}: one of ${serverNames.join(', ')}`)
    return found
  })
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { dir: { type: 'string' }, with: { type: 'string' }, only: { type: 'string' } },
    })
  } catch (error) {
    return refuse(messageOf(error), usage)
  }
}

async function main(): Promise<number> {
  answerHelp(usage)
  const { values, positionals } = readArguments()
  const [command] = positionals
  if (command !== 'up' && command !== 'down') return refuse('up or down is missing', usage)
  if (!values.dir) return refuse('--dir is missing', usage)
  if (command === 'down') {
    await serversDown(values.dir)
    return 0
  }
  const names = values.only ? namesOf(values.only) : [...storeNames]
  return up(values.dir, [...names, ...(values.with ? namesOf(values.with) : [])])
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exit(1)
  },
)
