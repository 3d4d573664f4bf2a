import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { identify, isRunning, type ProcessIdentity } from '../processes/process-identity.ts'
import { stopProcess } from '../processes/stop-process.ts'

export interface ClusterProcess {
  /** A service of ours, `demo-provider`, or a store. */
  readonly service: string
  readonly replica: number
  readonly pid: number
  /** Where clients call it; null for what they do not. */
  readonly api: string | null
  /** `/health`, `/readyz` and `/metrics`; null for programs that have none. */
  readonly observability: string | null
  readonly log: string
}

/** `DIR/cluster.json`: what runs, for tests and for people. */
export interface ClusterFile {
  readonly api: readonly string[]
  readonly stores: Readonly<Record<'redis' | 'postgres' | 'kafka', string>>
  /** Only when the cluster made it: a key that an operator chose is not written down. */
  readonly key?: string
  readonly processes: readonly ClusterProcess[]
}

const Identity = z.object({ pid: z.int(), startedAt: z.string() })
/** `DIR/supervisor.json`: what a supervisor that was killed has left running. */
const SupervisorFile = z.object({ supervisor: Identity, processes: z.array(Identity) })

export function clusterJson(dir: string): string {
  return join(dir, 'cluster.json')
}

function supervisorJson(dir: string): string {
  return join(dir, 'supervisor.json')
}

export function writeClusterFiles(dir: string, file: ClusterFile): void {
  replace(clusterJson(dir), file)
}

/** Written before and after `cluster.json` exists: from the first process on. */
export function writeSupervisorFile(dir: string, pids: readonly number[]): void {
  const processes = pids.map(identify).filter((identity) => identity !== null)
  replace(supervisorJson(dir), { supervisor: identify(process.pid), processes })
}

export function removeClusterFiles(dir: string): void {
  for (const file of [clusterJson(dir), supervisorJson(dir)]) rmSync(file, { force: true })
}

/** Readers see the old file or the new one, never a part. It may hold a key: its owner alone can read it. */
function replace(path: string, content: unknown): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** A folder belongs to one cluster: refuses while another one runs in it, and ends what a killed one has left. */
export async function takeFolder(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true })
  const left = readSupervisorFile(dir)
  if (left && isRunning(left.supervisor))
    throw new Error(`a cluster runs in ${dir} already (process ${String(left.supervisor.pid)})`)
  await Promise.all(
    (left?.processes ?? []).map((identity) => stopProcess(identity, 'SIGTERM', 5_000)),
  )
  removeClusterFiles(dir)
}

function readSupervisorFile(dir: string): {
  supervisor: ProcessIdentity
  processes: ProcessIdentity[]
} | null {
  let text: string
  try {
    text = readFileSync(supervisorJson(dir), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  return SupervisorFile.parse(JSON.parse(text))
}
