import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { GatewayError } from '@sluice/kernel/errors'
import { flinkErrors } from './errors.ts'

/** Longer paths are no addresses of sockets. */
const maxSocketPath = 100

function socketPath(dir: string): string {
  const inside = join(resolve(dir), 'control.sock')
  if (inside.length <= maxSocketPath) return inside
  const hash = createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 24)
  return join(tmpdir(), `sluice-lake-${hash}.sock`)
}

/**
 * One job per folder, and a way to end it from another process: whoever connects asks for the end, and is told how it went before the
 * connection closes.
 */
export async function takeControl(
  dir: string,
  onStop: () => Promise<string>,
): Promise<AsyncDisposable> {
  const path = socketPath(dir)
  if (await isTaken(path)) throw new GatewayError(flinkErrors.lake_is_running)
  rmSync(path, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      void onStop().then((answer) => socket.end(answer))
    })
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

/** Resolves with how it went when the job of the folder has ended. */
export async function requestStop(dir: string): Promise<string> {
  const socket = createConnection(socketPath(dir))
  try {
    await once(socket, 'connect')
  } catch (cause) {
    throw new GatewayError(flinkErrors.lake_is_not_running, undefined, { cause })
  }
  socket.write('stop\n')
  return text(socket)
}

async function isTaken(path: string): Promise<boolean> {
  const socket = createConnection(path)
  try {
    await once(socket, 'connect')
    socket.destroy()
    return true
  } catch {
    return false // nobody listens: the file is of a process that was killed
  }
}
