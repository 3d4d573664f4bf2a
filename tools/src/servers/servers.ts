import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { freePort, isFree } from '../processes/free-port.ts'
import { identify, isRunning } from '../processes/process-identity.ts'
import { startProgram } from '../processes/program.ts'
import { stopProcess } from '../processes/stop-process.ts'
import { waitUntilReady } from '../processes/wait-until-ready.ts'
import { composeDown, composeProject, composeUp } from './compose.ts'
import { makeAvailable } from './make-available.ts'
import type { ServerName, ServerPlan } from './server-kind.ts'
import { serverKinds } from './server-kinds.ts'
import { readServersFile, type ServerEntry, writeServersFile } from './servers-file.ts'

const startTimeoutMs = 60_000
const stopTimeoutMs = 30_000

export interface ServersUp {
  /** `REDIS_URL=…` and the like. */
  readonly variables: Readonly<Record<string, string>>
  readonly problems: ReadonlyMap<ServerName, string>
}

/** Makes the servers of a folder run: those that run stay, those that ended start again on the same ports and data. */
export async function serversUp(folder: string, names: readonly ServerName[]): Promise<ServersUp> {
  const dir = resolve(folder)
  await mkdir(dir, { recursive: true })
  const known = readServersFile(dir)
  const alive = known.servers.filter((entry) => entry.process && isRunning(entry.process))
  const wanted = names.filter((name) => !alive.some((entry) => entry.name === name))
  const { asProcess, byCompose, problems } = await makeAvailable(wanted)

  // Written after each start: what a failed `up` leaves running, `down` finds.
  const others = known.servers.filter((entry) => !wanted.includes(entry.name))
  const file = { servers: others, compose: known.compose }
  const add = (entry: ServerEntry) => {
    file.servers = [...file.servers, entry]
    writeServersFile(dir, file)
  }
  if (byCompose.length > 0) {
    file.compose = composeProject(dir)
    for (const entry of await composeUp(file.compose, byCompose, known.servers)) add(entry)
  }
  const starts = asProcess.map((name) => startServer(dir, name, known.servers, add))
  const failed = (await Promise.allSettled(starts)).find((start) => start.status === 'rejected')
  if (failed) throw failed.reason

  const variables: Record<string, string> = {}
  for (const name of names) {
    const entry = file.servers.find((server) => server.name === name)
    if (entry) variables[serverKinds[name].variable] = entry.url
  }
  return { variables, problems }
}

/** Lays out one server's data and decides its ports: the ones it had, where they are still free. */
export async function planServer(
  dir: string,
  name: ServerName,
  known: readonly ServerEntry[],
): Promise<ServerPlan & { readonly ports: number[] }> {
  const kind = serverKinds[name]
  const before = known.find((entry) => entry.name === name)?.ports ?? []
  const ports: number[] = []
  for (let index = 0; index < kind.portCount; index++) {
    const port = before[index]
    ports.push(port !== undefined && (await isFree(port)) ? port : await freePort())
  }
  return { ...(await kind.prepare(dir, ports)), ports }
}

async function startServer(
  dir: string,
  name: ServerName,
  known: readonly ServerEntry[],
  add: (entry: ServerEntry) => void,
): Promise<void> {
  const { program, url, ports } = await planServer(dir, name, known)
  const child = startProgram(program)
  const { logFile: log, stopSignal } = program
  const process = child.pid === undefined ? null : identify(child.pid)
  add({ name, url, ports, process, stopSignal, log })
  await waitUntilReady(program, child, startTimeoutMs)
  child.unref()
}

/** Ends what runs; data and ports stay for the next `up`. */
export async function serversDown(folder: string): Promise<void> {
  const dir = resolve(folder)
  const { servers, compose } = readServersFile(dir)
  await Promise.all(
    servers.map(async (entry) => {
      if (entry.process) await stopProcess(entry.process, entry.stopSignal, stopTimeoutMs)
    }),
  )
  if (compose) await composeDown(compose)
  if (servers.length > 0)
    writeServersFile(dir, {
      servers: servers.map((entry) => ({ ...entry, process: null })),
      compose: null,
    })
}
