import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { freePort } from '../processes/free-port.ts'
import { runToEnd } from '../processes/run-to-end.ts'
import type { ServerName } from './server-kind.ts'
import type { ServerEntry } from './servers-file.ts'

const composeFile = join(import.meta.dirname, '../../../docker-compose.yml')

/** How `docker-compose.yml` takes the host's port, and the address that it then serves. */
const services: Partial<Record<ServerName, { variable: string; url: (port: string) => string }>> = {
  redis: { variable: 'REDIS_PORT', url: (port) => `redis://127.0.0.1:${port}` },
  postgres: {
    variable: 'POSTGRES_PORT',
    url: (port) => `postgres://sluice:sluice@127.0.0.1:${port}/sluice`,
  },
  kafka: { variable: 'KAFKA_PORT', url: (port) => `127.0.0.1:${port}` },
}

export function dockerAnswers(): boolean {
  return spawnSync('docker', ['info'], { timeout: 10_000 }).status === 0
}

export function composeCanRun(name: ServerName): boolean {
  return services[name] !== undefined
}

/** One project per folder: two folders do not share containers or volumes. */
export function composeProject(dir: string): string {
  return `sluice-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`
}

export async function composeUp(
  project: string,
  names: readonly ServerName[],
  known: readonly ServerEntry[],
): Promise<ServerEntry[]> {
  const entries: ServerEntry[] = []
  const env: Record<string, string> = {}
  for (const name of names) {
    const service = services[name]
    if (!service) continue
    const port = known.find((entry) => entry.name === name)?.ports[0] ?? (await freePort())
    env[service.variable] = String(port)
    const url = service.url(String(port))
    const notAProcess = { process: null, stopSignal: 'SIGTERM' as const, log: null }
    entries.push({ name, url, ports: [port], ...notAProcess })
  }
  await compose(project, ['up', '--detach', '--wait', ...entries.map(({ name }) => name)], env)
  return entries
}

/** Volumes stay: a later `up` of the same folder finds its data. */
export async function composeDown(project: string): Promise<void> {
  await compose(project, ['down'], {})
}

async function compose(
  project: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const file = ['compose', '-p', project, '-f', composeFile, '--profile', 'stores']
  await runToEnd('docker', [...file, ...args], { env })
}
