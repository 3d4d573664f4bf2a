import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { startCluster } from '../cluster/cluster.ts'
import { startEmbeddedGateway } from '../lanes/embedded-gateway.ts'
import { type JestResult, runJest } from '../lanes/run-jest.ts'
import { temporaryFolder } from '../lanes/temporary-folder.ts'
import { labFolder } from './folder.ts'
import { installLab } from './install-lab.ts'
import { installPython } from './install-python.ts'

export const modes = ['embedded', 'distributed'] as const
export type Mode = (typeof modes)[number]

export interface LabRun {
  /** `smoke`, or names of clients; empty = all. */
  readonly clients: readonly string[]
  /** What the user gave: patterns and options of jest. */
  readonly args: readonly string[]
  readonly signal: AbortSignal
  /** Where jest's report goes; stderr unless given. */
  readonly output?: Writable
}

/** Every chosen client against one mode of the product, with the demo provider behind it. */
export async function runLab(mode: Mode, { clients, ...run }: LabRun): Promise<JestResult> {
  await installLab()
  const wantsPython = clients.length === 0 || clients.some((name) => name.startsWith('python'))
  const python = wantsPython ? await installPython() : { program: null, reason: '' }
  if (python.reason !== '') process.stderr.write(`Python clients: not run: ${python.reason}\n`)
  await using folder = await temporaryFolder(`lab-${mode}`)
  try {
    await using gateway = await startGateway(mode, folder.path, run.signal)
    const env = {
      ...gateway.env,
      MODE: mode,
      LAB_CLIENTS: clients.join(','),
      LAB_PYTHON: python.program ?? '',
    }
    const limits = { workers: 1, testTimeoutMs: 60_000 }
    const result = await runJest({ ...run, ...limits, project: 'lab', env })
    if (result.failed > 0) folder.keep()
    return result
  } catch (error) {
    folder.keep()
    throw error
  }
}

interface StartedGateway extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>
}

export async function startGateway(
  mode: Mode,
  dir: string,
  signal: AbortSignal,
): Promise<StartedGateway> {
  const env = { CONFIG_PATH: join(labFolder, 'lab.yaml') }
  if (mode === 'embedded') return startEmbeddedGateway(dir, env)
  const cluster = await startCluster({ dir, replicas: {}, port: null, env, signal })
  return {
    env: {
      SLUICE_API: cluster.api.join(','),
      SLUICE_KEY: cluster.key,
      CLUSTER_JSON: cluster.clusterJson,
      DEMO_LOG: cluster.demoLog,
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}
