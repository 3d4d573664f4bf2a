import { setTimeout as delay } from 'node:timers/promises'
import type { LoadGenerator } from '../load-generator.ts'
import { residentBytes } from '../processes.ts'
import type { RunningSetup } from '../setup.ts'

export interface MemoryRow {
  readonly setup: string
  /** Resident bytes of the processes on the path, before any stream is open. */
  readonly baseBytes: number
  readonly steps: readonly {
    readonly streams: number
    readonly bytes: number
    readonly problems: readonly string[]
  }[]
}

/** Parts keep coming while the streams are open, but rarely: this is about memory. */
const intervalMs = 2_000
const settleMs = 1_000

/** Holds so many streams open, one step after the other (each opens them anew), and reads what the path's processes occupy. */
export async function measureMemory(
  generator: LoadGenerator,
  name: string,
  setup: RunningSetup,
  steps: readonly number[],
): Promise<MemoryRow> {
  const hold = (connections: number) =>
    generator.start({
      kind: 'hold',
      endpoint: setup.endpoint,
      connections,
      promptBytes: 512,
      warmUpMs: 0,
      measureMs: 0,
      maxRequests: 0,
      intervalMs,
    })
  const resident = () => {
    const path = setup.parts().filter(({ role }) => role === 'path')
    return residentBytes(path.flatMap(({ pids }) => pids))
  }
  // A first small step loads and compiles what streams need; it belongs to the base.
  const first = await hold(50)
  first.release()
  await first.go()
  await delay(settleMs)
  const baseBytes = resident()

  const measured: { streams: number; bytes: number; problems: readonly string[] }[] = []
  for (const streams of steps) {
    const open = await hold(streams)
    await delay(settleMs)
    measured.push({ streams, bytes: resident(), problems: open.problems })
    open.release()
    await open.go()
    await delay(settleMs)
  }
  return { setup: name, baseBytes, steps: measured }
}
