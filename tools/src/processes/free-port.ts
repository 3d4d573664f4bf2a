import { createServer } from 'node:net'

/**
 * Below the ranges that Linux (32768) and macOS (49152) take the ports of outgoing connections from: a server that is restarted on its port
 * would otherwise now and then find it in use by somebody's client.
 */
const firstPort = 15_000
const lastPort = 29_999

const handedOut = new Set<number>()

/** A loopback port that nothing listens on now, and that no other call in this process was given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort))
    if (!handedOut.has(port) && (await isFree(port))) {
      handedOut.add(port)
      return port
    }
  }
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}
