import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { startEmbeddedGateway } from './embedded-gateway.ts'
import { startCluster } from '../cluster/cluster.ts'
import { runLab } from '../lab/run-lab.ts'
import { startModel } from './model.ts'
import { missingFlink, startFlinkStores } from './flink.ts'
import { type LaneResult, runJest } from './run-jest.ts'
import { missingStores, startStores } from './stores.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface LaneRun {
  /** What the user gave: patterns and options of jest. */
  readonly args: readonly string[]
  readonly signal: AbortSignal
  readonly output: Writable
}

export interface Lane {
  readonly name: string
  /** The jest project whose files it runs. */
  readonly project: 'unit' | 'simulation' | 'integration' | 'flink' | 'e2e' | 'e2e-own' | 'lab'
  /** Tells the e2e files of one mode from those of the other. */
  readonly mode: Readonly<Record<string, string>>
  /** What is not here, one line each with what would enable it. */
  readonly missing: () => readonly string[]
  /** It can run what needs nothing of that; the other files skip themselves. */
  readonly runsInPart: boolean
  readonly run: (run: LaneRun) => Promise<LaneResult>
}

const unit: Lane = {
  name: 'unit',
  project: 'unit',
  mode: {},
  missing: () => [],
  runsInPart: true,
  run: (run) => runJest({ ...run, project: 'unit', workers: 2, testTimeoutMs: 20_000, env: {} }),
}

/** One worker: a file has processes of its own, as many as there are cores. */
const simulation: Lane = {
  name: 'simulation',
  project: 'simulation',
  mode: {},
  missing: () => [],
  runsInPart: true,
  run: (run) =>
    runJest({ ...run, project: 'simulation', workers: 1, testTimeoutMs: 60_000, env: {} }),
}

/** One worker: the files share servers or a gateway, or start as many processes as there are cores. */
const onServers = { workers: 1, testTimeoutMs: 60_000 }

const integration: Lane = {
  name: 'integration',
  project: 'integration',
  mode: {},
  missing: missingStores,
  runsInPart: true,
  run: (run) =>
    inFolder('integration', async (dir) => {
      await using stores = await startStores(dir)
      return await runJest({ ...run, ...onServers, project: 'integration', env: stores.env })
    }),
}

/** On servers of its own: the job reads whole topics, whoever writes to them. */
const flink: Lane = {
  name: 'flink',
  project: 'flink',
  mode: {},
  missing: missingFlink,
  runsInPart: false,
  run: (run) =>
    inFolder('flink', async (dir) => {
      await using stores = await startFlinkStores(dir)
      return await runJest({ ...run, ...onServers, project: 'flink', env: stores.env })
    }),
}

/** All tests of a lane call from one address, many of them without a good key. */
const fromOneAddress = { RATE_LIMIT_IP_MAX: '1000000' }

const embeddedMode = { MODE: 'embedded' }

const embedded: Lane = {
  name: 'e2e embedded',
  project: 'e2e',
  mode: embeddedMode,
  missing: () => [],
  runsInPart: true,
  run: (run) =>
    inFolder('embedded', async (dir) => {
      await using model = await startModel(join(dir, 'model'))
      await using gateway = await startEmbeddedGateway(dir, { ...model.env, ...fromOneAddress })
      const env = { ...embeddedMode, ...model.env, ...gateway.env }
      return await runJest({ ...run, ...onServers, project: 'e2e', env })
    }),
}

/** What needs a gateway with settings of its own, or ends it. */
const ownGateways: Lane = {
  name: 'e2e embedded, own gateways',
  project: 'e2e-own',
  mode: embeddedMode,
  missing: () => [],
  runsInPart: true,
  run: (run) => runJest({ ...run, ...onServers, project: 'e2e-own', env: embeddedMode }),
}

/** The clients most used, in the mode that starts fastest: `npm run lab` has the others and the cluster. */
const clients: Lane = {
  name: 'clients',
  project: 'lab',
  mode: embeddedMode,
  missing: () => [],
  runsInPart: true,
  run: (run) => runLab('embedded', { ...run, clients: ['smoke'] }),
}

const distributedMode = { MODE: 'distributed' }

const distributed: Lane = {
  name: 'e2e distributed',
  project: 'e2e',
  mode: distributedMode,
  missing: missingStores,
  runsInPart: false,
  run: (run) =>
    inFolder('distributed', async (dir) => {
      const replicas = { ingress: 2, router: 2, 'provider-adapter': 2 }
      await using model = await startModel(join(dir, 'model'))
      await using cluster = await startCluster({
        dir,
        replicas,
        port: null,
        env: { ...model.env, ...fromOneAddress },
        signal: run.signal,
      })
      const env = {
        ...distributedMode,
        ...model.env,
        SLUICE_API: cluster.api.join(','),
        SLUICE_KEY: cluster.key,
        CLUSTER_JSON: cluster.clusterJson,
        DEMO_LOG: cluster.demoLog,
      }
      return await runJest({ ...run, ...onServers, project: 'e2e', env })
    }),
}

/**
 * In the order in which failures are cheapest to understand. The lanes of one step run side by side: they wait for servers and clocks most of their
 * time, on ports and folders of their own. Those that keep every core busy, or kill processes and look at the clock, run alone.
 */
export const steps: readonly (readonly Lane[])[] = [
  [unit],
  [simulation],
  [integration, flink, embedded, ownGateways, clients],
  [distributed],
]

async function inFolder(
  name: string,
  run: (dir: string) => Promise<LaneResult>,
): Promise<LaneResult> {
  await using folder = await temporaryFolder(name)
  try {
    const result = await run(folder.path)
    if (result.failed > 0) folder.keep()
    return result
  } catch (error) {
    folder.keep()
    throw error
  }
}
