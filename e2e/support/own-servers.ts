import { join } from 'node:path'
import type { ServerName } from '../../tools/src/servers/server-kind.ts'
import { isOnThisMachine } from '../../tools/src/servers/make-available.ts'
import { serverKinds, storeNames } from '../../tools/src/servers/server-kinds.ts'
import { readServersFile } from '../../tools/src/servers/servers-file.ts'
import { serversDown, serversUp } from '../../tools/src/servers/servers.ts'
import { stopProcess } from '../../tools/src/processes/stop-process.ts'

export type StoreName = (typeof storeNames)[number]

const stopTimeoutMs = 20_000

/** Stores that a test may stop and freeze: processes of its own, whatever servers the lane was given. */
export interface OwnServers extends AsyncDisposable {
  readonly urls: Readonly<Record<StoreName, string>>
  stop(name: StoreName): Promise<void>
  /** After `stop`: on the same address and data. */
  start(name: StoreName): Promise<void>
  /** It takes connections, and answers nothing (SIGSTOP). */
  freeze(name: StoreName): void
  thaw(name: StoreName): void
}

/** What is missing to run the stores here, with the line that enables it; empty = nothing. */
export function missingServers(): string[] {
  return storeNames
    .filter((name) => !isOnThisMachine(name))
    .map((name) => {
      const what = serverKinds[name].missing().map((requirement) => requirement.what)
      return `${name}: install ${what.join(' and ')} (npm run servers does it for root on Debian)`
    })
}

async function startAll(dir: string): Promise<Readonly<Record<string, string>>> {
  try {
    const { variables, problems } = await serversUp(dir, storeNames)
    for (const [name, problem] of problems) throw new Error(`${name}: ${problem}`)
    return variables
  } catch (error) {
    await serversDown(dir)
    throw error
  }
}

export async function startOwnServers(folder: string): Promise<OwnServers> {
  const dir = join(folder, 'servers')
  const variables = await startAll(dir)
  const entry = (name: ServerName) => {
    const found = readServersFile(dir).servers.find((server) => server.name === name)
    if (!found?.process) throw new Error(`${name} does not run`)
    return { ...found, process: found.process }
  }
  return {
    urls: {
      redis: variables['REDIS_URL'] ?? '',
      postgres: variables['DATABASE_URL'] ?? '',
      kafka: variables['KAFKA_BROKERS'] ?? '',
    },
    async stop(name) {
      const { process, stopSignal } = entry(name)
      await stopProcess(process, stopSignal, stopTimeoutMs)
    },
    async start(name) {
      await serversUp(dir, [name])
    },
    freeze(name) {
      process.kill(entry(name).process.pid, 'SIGSTOP')
    },
    thaw(name) {
      process.kill(entry(name).process.pid, 'SIGCONT')
    },
    [Symbol.asyncDispose]: () => serversDown(dir),
  }
}
