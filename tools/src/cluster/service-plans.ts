import { join } from 'node:path'
import { freePort, isFree } from '../processes/free-port.ts'
import { nodeProgram, servesReadiness } from '../processes/node-program.ts'
import type { Program } from '../processes/program.ts'
import { repository } from '../repository.ts'
import type { ServerPlan } from '../servers/server-kind.ts'
import { serviceMain, serviceNames } from '../services.ts'
import type { ClusterOptions } from './cluster-options.ts'

export interface ProcessPlan {
  readonly service: string
  readonly replica: number
  readonly api: string | null
  readonly observability: string | null
  readonly program: Program
}

export async function planDemoProvider(dir: string, demoLog: string): Promise<ProcessPlan> {
  const port = await freePort()
  const api = loopback(port)
  const program = nodeProgram({
    name: 'demo-provider',
    file: 'packages/demo-provider/src/main.ts',
    args: ['--port', String(port), '--log', demoLog],
    env: {},
    logFile: join(dir, 'logs', 'demo-provider.log'),
    ready: () => answers(api),
  })
  return { service: 'demo-provider', replica: 0, api, observability: null, program }
}

/** Where a variable says it, unless there is a proxy between. */
const connections = [
  ['redis', 'REDIS_URL'],
  ['postgres', 'DATABASE_URL'],
  ['demo-provider', 'DEMO_PROVIDER_URL'],
] as const

/** Every service with its replicas; `env` is what all of them are given. */
export async function planServices(
  {
    dir,
    port,
    replicas,
    between,
    rootOf,
  }: Pick<ClusterOptions, 'dir' | 'port' | 'replicas' | 'between' | 'rootOf'>,
  env: Readonly<Record<string, string>>,
  kafka?: ServerPlan['behindProxy'],
): Promise<ProcessPlan[]> {
  const plans: ProcessPlan[] = []
  let nextPort = port
  for (const service of serviceNames()) {
    for (let replica = 0; replica < (replicas[service] ?? 1); replica++) {
      let apiPort: number | null = null
      if (service === 'ingress') {
        apiPort = nextPort === null ? await freePort() : await nextFree(nextPort)
        if (nextPort !== null) nextPort = apiPort + 1
      }
      const own: Record<string, string> = {}
      for (const [to, variable] of between ? connections : []) {
        const connection = { service, replica, to, url: env[variable] ?? '', proxyPort: null }
        own[variable] = (await between?.(connection)) ?? connection.url
      }
      if (between && kafka) {
        const { port: hidden, proxyPort } = kafka
        const url = `127.0.0.1:${String(hidden)}`
        own['KAFKA_BROKERS'] = await between({ service, replica, to: 'kafka', url, proxyPort })
      }
      const root = rootOf?.(service, replica) ?? repository
      plans.push(await planService({ dir, root }, service, replica, apiPort, { ...env, ...own }))
    }
  }
  return plans
}

async function planService(
  { dir, root }: { readonly dir: string; readonly root: string },
  service: string,
  replica: number,
  apiPort: number | null,
  env: Readonly<Record<string, string>>,
): Promise<ProcessPlan> {
  const observabilityPort = await freePort()
  const program = nodeProgram({
    name: `${service}-${String(replica)}`,
    root,
    file: serviceMain(service),
    args: [],
    env: {
      ...env,
      OBSERVABILITY_PORT: String(observabilityPort),
      // Nobody sends requests to the others, so that nobody has to notice that they end.
      ...(apiPort === null
        ? { DRAIN_DELAY_MS: process.env['DRAIN_DELAY_MS'] ?? '0' }
        : { PORT: String(apiPort) }),
    },
    logFile: join(dir, 'logs', `${service}-${String(replica)}.log`),
    ready: () => servesReadiness(observabilityPort),
  })
  const api = apiPort === null ? null : loopback(apiPort)
  return { service, replica, api, observability: loopback(observabilityPort), program }
}

function loopback(port: number): string {
  return `http://127.0.0.1:${String(port)}`
}

async function nextFree(port: number): Promise<number> {
  return (await isFree(port)) ? port : nextFree(port + 1)
}

/** Any answer will do: it listens. */
async function answers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await response.body?.cancel()
}
