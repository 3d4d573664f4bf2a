import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findOnPath } from './find-program.ts'
import type { ServerKind } from './server-kind.ts'

/** Functions came with 7. Valkey took them over. */
const oldestMajor = 7

export const redisServer: ServerKind = {
  name: 'redis',
  variable: 'REDIS_URL',
  portCount: 1,
  missing: () =>
    findRedis() === null ? [{ what: 'Redis 7 or newer', debianPackages: ['redis-server'] }] : [],
  prepare: async (dir, [port = 0]) => {
    const folder = join(dir, 'redis')
    await mkdir(folder, { recursive: true })
    const configFile = join(folder, 'redis.conf')
    await writeFile(configFile, configuration(folder, port))
    const program = {
      name: 'redis',
      command: findRedis() ?? 'redis-server',
      args: [configFile],
      logFile: join(dir, 'logs', 'redis.log'),
      stopSignal: 'SIGTERM' as const,
      ready: () => ping(port),
    }
    return { program, url: `redis://127.0.0.1:${String(port)}` }
  },
}

function findRedis(): string | null {
  for (const name of ['redis-server', 'valkey-server']) {
    const file = findOnPath(name)
    if (file === null) continue
    const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' })
    const major = Number(/v=(\d+)/.exec(stdout)?.[1])
    if (major >= oldestMajor) return file
  }
  return null
}

/** What production runs too: every write in the append-only file, at most about a second of it lost, nothing evicted. */
function configuration(folder: string, port: number): string {
  return [
    'bind 127.0.0.1',
    `port ${String(port)}`,
    `dir "${folder}"`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    '',
  ].join('\n')
}

async function ping(port: number): Promise<void> {
  const options = { lazyConnect: true, connectTimeout: 2_000, retryStrategy: () => null }
  const client = new Redis(port, '127.0.0.1', { ...options, enableReadyCheck: true })
  client.on('error', () => undefined) // the rejected promise says it already
  try {
    await client.connect()
    await client.ping()
  } finally {
    client.disconnect()
  }
}
