import { connect } from 'node:net'
import { once } from 'node:events'
import type { LoadGenerator } from '../load-generator.ts'
import type { Job, LoadResult } from '../load/protocol.ts'

export interface RedisCallsRow {
  readonly scenario: string
  readonly load: LoadResult
  /** Calls of each command in the window. A command called by a function counts beside the call of the function. */
  readonly calls: Readonly<Record<string, number>>
}

/** `redis://[:password@]host:port` or `unix:///path`. */
async function commandCalls(url: string): Promise<Map<string, number>> {
  const { protocol, hostname, port, pathname, password } = new URL(url)
  const socket = protocol === 'unix:' ? connect(pathname) : connect(Number(port || 6_379), hostname)
  await once(socket, 'connect')
  if (password) socket.write(`AUTH ${decodeURIComponent(password)}\r\n`)
  socket.write('INFO commandstats\r\nQUIT\r\n')
  let text = ''
  for await (const bytes of socket) text += String(bytes)
  const calls = new Map<string, number>()
  for (const match of text.matchAll(/cmdstat_(\S+?):calls=(\d+)/g))
    calls.set(match[1] ?? '', Number(match[2]))
  return calls
}

/** How many calls of each command one window of load takes: what shows that parts of one loop turn share a call. */
export async function countRedisCalls(
  generator: LoadGenerator,
  url: string,
  scenario: string,
  job: Job,
): Promise<RedisCallsRow> {
  const warm = await generator.start(job)
  const before = await commandCalls(url)
  const load = await warm.go()
  const after = await commandCalls(url)
  const calls: Record<string, number> = {}
  for (const [name, count] of after) {
    const made = count - (before.get(name) ?? 0)
    if (made > 0) calls[name] = made
  }
  return { scenario, load, calls }
}
