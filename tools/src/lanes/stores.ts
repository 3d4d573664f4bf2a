import { dockerAnswers } from '../servers/compose.ts'
import { isOnThisMachine } from '../servers/make-available.ts'
import type { ServerName } from '../servers/server-kind.ts'
import { serverKinds, storeNames } from '../servers/server-kinds.ts'
import { serversDown, serversUp } from '../servers/servers.ts'

/** The stores that no variable names. */
function unnamedStores(): ServerName[] {
  return storeNames.filter((name) => !process.env[serverKinds[name].variable])
}

function canStart(name: ServerName): boolean {
  return isOnThisMachine(name) || dockerAnswers()
}

/** One line for each store that neither a variable names nor this machine has: what would enable it. */
export function missingStores(): string[] {
  return unnamedStores()
    .filter((name) => !canStart(name))
    .map((name) => {
      const { variable, missing } = serverKinds[name]
      const what = missing().map((requirement) => requirement.what)
      return `${name}: set ${variable}, or install ${what.join(' and ')} (npm run servers does it for root on Debian)`
    })
}

export interface Stores extends AsyncDisposable {
  /** URL variables of what was started. */
  readonly env: Readonly<Record<string, string>>
}

/** Starts in `dir` the stores that no variable names and that this machine has. */
export async function startStores(dir: string): Promise<Stores> {
  const stop = () => serversDown(dir)
  try {
    const { variables, problems } = await serversUp(dir, unnamedStores().filter(canStart))
    for (const [name, problem] of problems) throw new Error(`${name}: ${problem}`)
    return { env: variables, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}
