import { isRunning } from '../processes/process-identity.ts'
import type { Program } from '../processes/program.ts'
import { makeAvailable } from '../servers/make-available.ts'
import type { ServerPlan } from '../servers/server-kind.ts'
import { serverKinds, storeNames } from '../servers/server-kinds.ts'
import { planServer, serversDown, serversUp } from '../servers/servers.ts'
import { readServersFile } from '../servers/servers-file.ts'

type StoreName = (typeof storeNames)[number]

export interface ClusterStores {
  readonly urls: Readonly<Record<StoreName, string>>
  /** The same by variable, as services take them. */
  readonly env: Readonly<Record<string, string>>
  /** Kafka's side door, when it is ours to run. */
  readonly kafkaBehindProxy: ServerPlan['behindProxy']
  /** Those that are ours to run. */
  readonly programs: readonly { readonly name: StoreName; readonly program: Program }[]
  /** Ends what runs otherwise: in containers. */
  readonly release: () => Promise<void>
}

/** A store is where its variable says; else what `npm run servers` runs in this folder; else a process of the cluster. */
export async function planStores(dir: string): Promise<ClusterStores> {
  const urls = new Map<StoreName, string>()
  const { servers } = readServersFile(dir)
  for (const name of storeNames) {
    const given = process.env[serverKinds[name].variable]
    const running = servers.find((entry) => entry.name === name && entry.process)
    if (given) urls.set(name, given)
    else if (running?.process && isRunning(running.process)) urls.set(name, running.url)
  }
  const wanted = storeNames.filter((name) => !urls.has(name))
  const { asProcess, byCompose, problems } = await makeAvailable(wanted)
  for (const [name, problem] of problems) throw new Error(`${name}: ${problem}`)

  let kafkaBehindProxy: ServerPlan['behindProxy']
  const programs = await Promise.all(
    wanted
      .filter((name) => asProcess.includes(name))
      .map(async (name) => {
        const { program, url, behindProxy } = await planServer(dir, name, servers)
        urls.set(name, url)
        kafkaBehindProxy ??= behindProxy
        return { name, program }
      }),
  )
  if (byCompose.length > 0) {
    const { variables } = await serversUp(dir, byCompose)
    for (const name of storeNames) {
      const url = variables[serverKinds[name].variable]
      if (url) urls.set(name, url)
    }
  }
  const entries = storeNames.map((name) => [name, urls.get(name) ?? ''] as const)
  return {
    urls: Object.fromEntries(entries) as Record<StoreName, string>,
    env: Object.fromEntries(entries.map(([name, url]) => [serverKinds[name].variable, url])),
    programs,
    kafkaBehindProxy,
    release: async () => {
      if (byCompose.length > 0) await serversDown(dir)
    },
  }
}
