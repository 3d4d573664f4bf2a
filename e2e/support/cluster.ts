import { readFileSync } from 'node:fs'
import { eventually, gatewayUnderTest } from './gateway.ts'

export interface ClusterProcess {
  readonly service: string
  readonly replica: number
  readonly pid: number
  readonly api: string | null
  /** Serves `/readyz`, as `api` does where it is not null; null for programs that have none. */
  readonly observability: string | null
}

export interface ClusterFile {
  readonly api: readonly string[]
  readonly stores: { readonly redis: string; readonly postgres: string; readonly kafka: string }
  readonly processes: readonly ClusterProcess[]
}

/** What runs now: the file is replaced whenever a process is. */
export function readCluster(): ClusterFile {
  const { clusterJson } = gatewayUnderTest()
  if (clusterJson === null)
    throw new Error('CLUSTER_JSON is not set: this test needs the distributed mode')
  return JSON.parse(readFileSync(clusterJson, 'utf8')) as ClusterFile
}

/** Ends one replica at once, and waits until its successor is ready: the tests after this one call it too. */
export async function killReplica(service: string, replica: number): Promise<void> {
  const now = () =>
    readCluster().processes.find((each) => each.service === service && each.replica === replica)
  const victim = now()
  if (victim === undefined) throw new Error(`no ${service} ${String(replica)}`)
  process.kill(victim.pid, 'SIGKILL')
  await eventually(
    `${service} ${String(replica)} to be replaced`,
    async () => {
      const successor = now()
      if (successor === undefined || successor.pid === victim.pid) return undefined
      return (await isReady(successor)) || undefined
    },
    30_000,
  )
}

async function isReady({ api, observability }: ClusterProcess): Promise<boolean> {
  if (observability === null) return true // it was started when it was ready
  try {
    return (await fetch(`${api ?? observability}/readyz`)).ok
  } catch {
    return false // it does not listen yet
  }
}
