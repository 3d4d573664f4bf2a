import { readFileSync } from 'node:fs'
import { eventually, gatewayUnderTest } from './gateway.ts'

export interface ClusterProcess {
  readonly service: string
  readonly replica: number
  readonly pid: number
  readonly api: string | null
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

/** Ends one replica at once, and waits until the supervisor has written its successor down. */
export async function killReplica(service: string, replica: number): Promise<void> {
  const pidNow = () =>
    readCluster().processes.find((each) => each.service === service && each.replica === replica)
      ?.pid
  const victim = pidNow()
  if (victim === undefined) throw new Error(`no ${service} ${String(replica)}`)
  process.kill(victim, 'SIGKILL')
  await eventually(
    `${service} ${String(replica)} to be replaced`,
    () => {
      const pid = pidNow()
      return Promise.resolve(pid === undefined || pid === victim ? undefined : pid)
    },
    30_000,
  )
}
