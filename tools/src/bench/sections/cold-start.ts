import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import { freePort } from '../../processes/free-port.ts'
import { startChild, until, type ChildOptions } from '../child.ts'
import type { Endpoint } from '../load/protocol.ts'
import { upstreamModel } from '../marker.ts'
import { probe } from '../probe.ts'
import { residentBytes } from '../processes.ts'
import type { SetupContext } from '../setup.ts'

export interface ColdStartRow {
  readonly name: string
  /** Milliseconds from the spawn to the first right answer, one value per start. */
  readonly milliseconds: readonly number[]
  /** Resident bytes right after that answer. */
  readonly residentBytes: number
}

export interface Startable {
  readonly child: ChildOptions
  readonly endpoint: Endpoint
}

const startTimeoutMs = 60_000
const pollMs = 2

/** Starts the program `times` times; `command` is asked each time, so that it can give a fresh port or directory. */
export async function measureColdStart(
  name: string,
  times: number,
  command: () => Promise<Startable>,
): Promise<ColdStartRow> {
  const milliseconds: number[] = []
  let bytes = 0
  for (let count = 0; count < times; count++) {
    const { child: options, endpoint } = await command()
    const startedAt = performance.now()
    await using child = startChild(options)
    await until(
      name,
      startTimeoutMs,
      async () => (await probe(endpoint)) === null,
      child.assertRunning,
      pollMs,
    )
    milliseconds.push(performance.now() - startedAt)
    bytes = residentBytes([child.pid])
    await delay(50)
  }
  return { name, milliseconds, residentBytes: bytes }
}

/** The yardstick: the canned upstream itself, which is a bare Node process with a socket. */
export async function bareNodeCommand(context: SetupContext): Promise<Startable> {
  const port = await freePort()
  return {
    child: {
      program: process.execPath,
      args: [
        '--conditions=@sluice/source',
        join(import.meta.dirname, '..', 'upstream', 'main.ts'),
        String(port),
      ],
      env: {},
      cwd: context.dir,
      logFile: join(context.dir, 'bare-node.log'),
    },
    endpoint: {
      host: '127.0.0.1',
      port,
      path: '/v1/chat/completions',
      headers: {},
      model: upstreamModel,
    },
  }
}
