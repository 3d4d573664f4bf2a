import { join, resolve } from 'node:path'
import { developmentKey } from '@sluice/adapters/development-key'
import { nodeProgram } from '../processes/node-program.ts'
import { runToEnd } from '../processes/run-to-end.ts'
import {
  clusterJson,
  removeClusterFiles,
  takeFolder,
  writeClusterFiles,
  writeSupervisorFile,
} from './cluster-files.ts'
import type { ClusterOptions } from './cluster-options.ts'
import { planDemoProvider, planServices, type ProcessPlan } from './service-plans.ts'
import { type ClusterStores, planStores } from './stores.ts'
import { Supervised } from './supervised.ts'

const startTimeoutMs = 90_000
/** More than a service takes: its own deadline (300 s for open answers) ends it first. */
const serviceStopTimeoutMs = 320_000
const storeStopTimeoutMs = 30_000

export interface Cluster extends AsyncDisposable {
  readonly api: readonly string[]
  readonly key: string
  /** The key was made here, and is not one that the operator chose. */
  readonly keyIsOurs: boolean
  readonly clusterJson: string
  /** Every call that the demo provider served, as JSON lines. */
  readonly demoLog: string
  /** Ends everything without any order. */
  kill(): void
}

interface Member extends ProcessPlan {
  readonly supervised: Supervised
}

/** The distributed mode on one machine. Disposing it drains the services, the edge first, and then ends the stores. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const dir = resolve(options.dir)
  await takeFolder(dir)
  const stores = await planStores(dir)
  const chosenKey = process.env['AUTH_TOKEN']
  const key = chosenKey ?? developmentKey(join(dir, 'data'))
  const demoLog = join(dir, 'demo-provider.jsonl')
  const demo = await planDemoProvider(dir, demoLog)
  const env = {
    ...options.env,
    ...stores.env,
    DATA_DIR: join(dir, 'data'),
    AUTH_TOKEN: key,
    DEMO_PROVIDER_URL: demo.api ?? '',
  }
  const services = await planServices({ ...options, dir }, env, stores.kafkaBehindProxy)
  const api = services.flatMap((plan) => plan.api ?? [])

  const aborted = Promise.withResolvers<never>()
  aborted.promise.catch(() => undefined) // raced below; nobody waits once it has started
  options.signal.addEventListener('abort', () => {
    aborted.reject(options.signal.reason)
  })

  const members: Member[] = []
  let complete = false
  const writeFiles = () => {
    const processes = members.flatMap(({ service, replica, api, observability, supervised }) => {
      const { pid, program } = supervised
      return pid ? [{ service, replica, pid, api, observability, log: program.logFile }] : []
    })
    writeSupervisorFile(
      dir,
      processes.map(({ pid }) => pid),
    )
    const ours = chosenKey === undefined ? { key } : {}
    if (complete) writeClusterFiles(dir, { api, stores: stores.urls, ...ours, processes })
  }
  const start = async (plans: readonly ProcessPlan[]) => {
    const started = plans.map((plan) => {
      const supervised = new Supervised(plan.program, writeFiles)
      members.push({ ...plan, supervised })
      return supervised.start(startTimeoutMs)
    })
    writeFiles()
    await Promise.race([Promise.all(started), aborted.promise])
  }
  const kill = () => {
    for (const { supervised } of members) supervised.kill()
  }
  // Whatever ends us, an exception in a timer too: nobody else knows of what we started.
  process.on('exit', kill)
  const stop = async () => {
    await stopInOrder(members)
    await stores.release()
    removeClusterFiles(dir)
    process.off('exit', kill)
  }

  try {
    options.signal.throwIfAborted()
    await start(storePlans(stores))
    await prepareStores(dir, env)
    await start([demo, ...services])
  } catch (error) {
    kill()
    await stop()
    throw error
  }
  complete = true
  writeFiles()
  return {
    api,
    key,
    keyIsOurs: chosenKey === undefined,
    clusterJson: clusterJson(dir),
    demoLog,
    kill,
    [Symbol.asyncDispose]: stop,
  }
}

function storePlans({ programs }: ClusterStores): ProcessPlan[] {
  return programs.map(({ name, program }) => ({
    service: name,
    replica: 0,
    api: null,
    observability: null,
    program,
  }))
}

/** What an operator does once per release, before any service starts. */
async function prepareStores(dir: string, env: Readonly<Record<string, string>>): Promise<void> {
  for (const args of [['migrate'], ['topics', 'apply']]) {
    const { command, args: all } = nodeProgram({
      name: 'cli',
      file: 'apps/cli/src/main.ts',
      args,
      env: {},
      logFile: join(dir, 'logs', 'cli.log'),
      ready: () => Promise.resolve(),
    })
    await runToEnd(command, all, { env })
  }
}

/** The edge ends while what its open answers need still runs; the provider and the stores go last. */
async function stopInOrder(members: readonly Member[]): Promise<void> {
  const stage = ({ service, observability }: Member) => {
    if (service === 'ingress') return 0
    if (observability !== null) return 1
    return service === 'demo-provider' ? 2 : 3
  }
  for (const current of [0, 1, 2, 3]) {
    const timeoutMs = current < 2 ? serviceStopTimeoutMs : storeStopTimeoutMs
    const stopping = members.filter((member) => stage(member) === current)
    await Promise.all(stopping.map(({ supervised }) => supervised.stop(timeoutMs)))
  }
}
