import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../processes/free-port.ts'
import { repository } from '../../repository.ts'
import { startChild, until } from '../child.ts'
import { answers } from '../probe.ts'
import type { Part, Setup } from '../setup.ts'
import { nodeFlags, sluiceEndpoint, sluiceEnvironment } from './sluice.ts'

/** A caller waits for these; the rest may be late without anybody noticing. */
const onThePath = new Set(['ingress', 'router', 'provider-adapter', 'redis'])
const startTimeoutMs = 120_000

interface ClusterFile {
  readonly api: readonly string[]
  readonly stores: { readonly redis: string }
  readonly processes: readonly { readonly service: string; readonly pid: number }[]
}

function partsOf({ processes }: ClusterFile): Part[] {
  const names = [...new Set(processes.map(({ service }) => service))].filter(
    // Started by the cluster for other callers; the benchmark has an upstream of its own.
    (name) => name !== 'demo-provider',
  )
  return names.map((name) => ({
    name,
    role: onThePath.has(name) ? 'path' : 'behind',
    pids: processes.filter(({ service }) => service === name).map(({ pid }) => pid),
  }))
}

export const cluster: Setup = {
  name: 'cluster',
  async start(context) {
    const dir = join(context.dir, 'cluster')
    const file = join(dir, 'cluster.json')
    // Our own writer's format, replaced atomically: it is there whole or not at all.
    const read = () => JSON.parse(readFileSync(file, 'utf8')) as ClusterFile
    const urls = ['REDIS_URL', 'DATABASE_URL', 'KAFKA_BROKERS'].flatMap((name) => {
      const value = process.env[name]
      return value ? [[name, value] as const] : []
    })
    const child = startChild({
      program: process.execPath,
      args: [
        ...nodeFlags,
        join(repository, 'tools', 'src', 'cluster', 'main.ts'),
        `--dir=${dir}`,
        `--port=${String(await freePort())}`,
      ],
      env: {
        ...sluiceEnvironment(context, 'cluster'),
        ...Object.fromEntries(urls),
        DRAIN_DELAY_MS: '0',
      },
      cwd: repository,
      logFile: join(context.dir, 'cluster.log'),
      stopMs: 60_000,
    })
    try {
      await until('cluster.json', startTimeoutMs, () => existsSync(file), child.assertRunning)
      const api = new URL(read().api[0] ?? '')
      const endpoint = sluiceEndpoint(Number(api.port))
      await until('the cluster', startTimeoutMs, () => answers(endpoint), child.assertRunning)
      return {
        title: 'Sluice as processes: ingress → router → provider-adapter over Redis',
        endpoint,
        parts: () => partsOf(read()),
        redisUrl: read().stores.redis,
        [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
      }
    } catch (error) {
      await child[Symbol.asyncDispose]()
      throw error
    }
  },
}
