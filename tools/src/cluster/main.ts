import { once } from 'node:events'
import { messageOf } from '@sluice/kernel/errors'
import { answerHelp, refuse } from '../usage.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { readClusterOptions, usage } from './cluster-options.ts'

/** The launcher hands on what the whole process group got: the same Ctrl-C can come twice. */
const echoMs = 500

function banner({ api, key, keyIsOurs, clusterJson }: Cluster): string {
  const body = JSON.stringify({
    model: 'demo/chat',
    stream: true,
    messages: [{ role: 'user', content: 'Hello' }],
  })
  const shownKey = keyIsOurs ? key : '$AUTH_TOKEN'
  return [
    'Sluice is ready, every service a process of its own',
    `  api       ${api.map((url) => `${url}/v1`).join('  ')}`,
    `  key       ${keyIsOurs ? `${key}   (development only)` : 'the value of AUTH_TOKEN'}`,
    `  processes ${clusterJson}`,
    `  try       curl -N ${api[0] ?? ''}/v1/chat/completions -H 'authorization: Bearer ${shownKey}' -H 'content-type: application/json' -d '${body}'`,
    '',
  ].join('\n')
}

function readOptions(): ReturnType<typeof readClusterOptions> {
  try {
    return readClusterOptions(process.argv.slice(2))
  } catch (error) {
    return refuse(messageOf(error), usage)
  }
}

async function main(): Promise<void> {
  answerHelp(usage)
  const options = readOptions()
  const stop = new AbortController()
  let running: Cluster | null = null
  let askedAt = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (!stop.signal.aborted) {
        askedAt = performance.now()
        stop.abort()
      } else if (performance.now() - askedAt > echoMs) {
        running?.kill()
        process.exit(1)
      }
    })

  process.stderr.write('Starting the servers and every service …\n')
  try {
    running = await startCluster({ ...options, env: {}, signal: stop.signal })
  } catch (error) {
    if (stop.signal.aborted) return
    throw error
  }
  process.stdout.write(banner(running))
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
  process.stderr.write('Draining … (once more to end at once)\n')
  await running[Symbol.asyncDispose]()
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exit(1)
  },
)
