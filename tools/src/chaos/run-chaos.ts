import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { clusterNow } from './cluster-now.ts'
import { collect } from './collect.ts'
import { type EvidenceFiles, evidenceFiles } from './check/evidence.ts'
import { faultsAtRandom } from './faults/at-random.ts'
import { Network } from './faults/network.ts'
import { faultsByRow } from './faults/rows.ts'
import { Disks } from './faults/disks.ts'
import { restartInTurn } from './faults/rolling.ts'
import { Stage } from './faults/stage.ts'
import { openHistory } from './history.ts'
import { Client, type Gateway } from './load/client.ts'
import { startLoad } from './load/load.ts'
import { startPulses } from './load/pulse.ts'
import type { ChaosOptions } from './options.ts'
import { watchMemory } from './memory.ts'
import { runTwoVersions } from './versions/two-versions.ts'
import { Versions } from './versions/versions.ts'

/** Short, so that a run sees generations end by it. */
const deadlineMs = 120_000
/** Of the built-in demo models, nano-USD per token. */
const price = { input: 150, output: 600 }
const replicas = { ingress: 2, router: 2, 'provider-adapter': 2, usage: 2, auth: 2 }
const tenants = {
  own: 'chaos-own-tenant-key-0000000000',
  foreign: 'chaos-foreign-tenant-key-000000',
}
/** Until the last fault is over. */
const healMs = 60_000

/** Runs a cluster in `dir` under load and faults; resolves with what it left to be checked. */
export async function runChaos(
  options: ChaosOptions,
  dir: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<EvidenceFiles> {
  mkdirSync(dir, { recursive: true })
  const configuration = configurationOf(dir)
  writeFileSync(configuration, keys())
  const env = {
    CONFIG_PATH: configuration,
    GENERATION_DEADLINE_MS: String(deadlineMs),
    // Nothing is shown by waiting at the end; a restart in good order waits as in production.
    ...(options.rolling === null && options.versions === null ? { DRAIN_DELAY_MS: '200' } : {}),
  }
  using disks = new Disks(dir, options.rows?.includes('FM45') ? ['redis', 'postgres'] : [])
  const versions = options.versions === null ? null : new Versions(dir, options.versions)
  await using network = options.toxics ? new Network() : null
  const routed = network ? { between: network.connect } : {}
  const rooted = versions ? { rootOf: versions.rootOf } : {}
  const where = { dir, port: null, replicas, env, signal }
  await using cluster = await startCluster({ ...where, ...routed, ...rooted })
  say(
    `${cluster.clusterJson}: ${String(clusterNow(cluster.clusterJson).processes.length)} processes`,
  )
  await makeHistory(options, { cluster, network, disks, versions }, dir, signal, say)
  const { stores, processes } = clusterNow(cluster.clusterJson)
  say('collecting bills and events …')
  await collect(dir, stores)
  return evidenceFiles(
    dir,
    processes.filter(({ observability }) => observability !== null).map(({ log }) => log),
  )
}

interface Scene {
  readonly cluster: Cluster
  readonly network: Network | null
  readonly disks: Disks
  readonly versions: Versions | null
}

async function makeHistory(
  { minutes, lanes, pauseMs, rolling, rows, kills }: ChaosOptions,
  { cluster, network, disks, versions }: Scene,
  dir: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  const { api, clusterJson } = cluster
  await using history = openHistory(join(dir, 'history.jsonl'))
  history.write({ event: 'setup', deadline_ms: deadlineMs, price })
  const apis = network
    ? await Promise.all(api.map((url, replica) => network.serve(url, replica)))
    : api
  const gateway: Gateway = { apis, key: tenants.own, foreignKey: tenants.foreign }
  const load = await startLoad({ gateway, history, lanes, auditWithinMs: 60_000 })
  const pulses = startPulses(new Client(gateway, history), history)
  using _ = watchMemory(clusterJson, history)
  const configuration = configurationOf(dir)
  const faults = { clusterJson, history, pulses, network, configuration, disks: disks.byName }
  await sleep(3_000, null, { signal })

  if (rolling !== null) await restartInTurn({ ...faults, rounds: rolling, signal, say })
  else if (versions !== null) {
    const stage = new Stage({ ...faults, signal })
    const mixedMs = minutes * 60_000
    await runTwoVersions({ stage, clusterJson, versions, mixedMs, kills, signal, say })
  } else if (rows !== null) await faultsByRow(new Stage({ ...faults, signal }), rows, say)
  else {
    const over = AbortSignal.any([signal, AbortSignal.timeout(minutes * 60_000)])
    await faultsAtRandom(new Stage({ ...faults, signal: over }), pauseMs)
  }

  signal.throwIfAborted()
  say(`${String(load.calls)} calls so far; no more faults …`)
  const deadline = performance.now() + healMs
  while (!pulses.areNormal(5_000) && performance.now() < deadline) await sleep(200)
  await load.stop()
  await pulses.stop()
}

function configurationOf(dir: string): string {
  return join(dir, 'sluice.yaml')
}

function keys(): string {
  const line = (name: string, key: string) =>
    `  - { name: ${name}, key: ${key}, tenant: ${name}, project: default, models: ["demo/*"] }\n`
  return `keys:\n${line('chaos-own', tenants.own)}${line('chaos-foreign', tenants.foreign)}`
}
