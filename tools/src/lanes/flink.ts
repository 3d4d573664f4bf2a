import { findFlink, flinkIsCached } from '@sluice/lake-flink/flink-files'
import { dockerAnswers } from '../servers/compose.ts'
import { findOnPath } from '../servers/find-program.ts'
import { findJava } from '../servers/java.ts'
import { isOnThisMachine } from '../servers/make-available.ts'
import type { ServerName } from '../servers/server-kind.ts'
import { serversDown, serversUp } from '../servers/servers.ts'
import type { Stores } from './stores.ts'

const names = ['kafka', 'postgres'] as const satisfies readonly ServerName[]

/** One line for each thing that is not here. */
export function missingFlink(): string[] {
  const missing: string[] = names
    .filter((name) => !isOnThisMachine(name) && !dockerAnswers())
    .map((name) => `${name}: npm run servers installs it for root on Debian`)
  if (findJava() === null || findOnPath('javac') === null)
    missing.push('Java: install a JDK 17 or newer')
  if (!flinkIsCached(process.env) && findOnPath('mvn') === null)
    missing.push('Flink: install Maven, by which its jars are fetched')
  return missing
}

export async function startFlinkStores(dir: string): Promise<Stores> {
  const stop = () => serversDown(dir)
  // What has to be fetched is fetched before the clock of a test runs.
  await findFlink(process.env)
  try {
    const { variables, problems } = await serversUp(dir, names)
    for (const [name, problem] of problems) throw new Error(`${name}: ${problem}`)
    return { env: variables, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}
