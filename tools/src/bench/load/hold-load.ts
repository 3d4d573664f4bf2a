import { setTimeout as delay } from 'node:timers/promises'
import type { Load } from './closed-load.ts'
import { Lane, Tally } from './lane.ts'
import type { HoldJob } from './protocol.ts'

/** Streams opened at once; more would measure the listen backlog. */
const opening = 32
const openTimeoutMs = 20_000
/** More parts than any hold lasts. */
const endless = 1_000_000

/** Opens streams that go on until they are released: `warmUp` ends when every one has had its first part. */
export function createHoldLoad(job: HoldJob, released: Promise<void>): Load {
  const tally = new Tally()
  const options = {
    endpoint: job.endpoint,
    tokens: endless,
    intervalMs: job.intervalMs,
    bytes: job.promptBytes,
  }
  const lanes = Array.from({ length: job.connections }, () => new Lane(options, tally))
  const failed = () => tally.failures

  return {
    tally,
    async warmUp() {
      let opened = 0
      const deadline = performance.now() + openTimeoutMs
      while (tally.firstPart.size + failed() < lanes.length && performance.now() < deadline) {
        while (opened < lanes.length && opened - tally.firstPart.size - failed() < opening) {
          lanes[opened]?.exchange(() => undefined)
          opened += 1
        }
        await delay(2)
      }
      const missing = lanes.length - tally.firstPart.size - failed()
      if (missing > 0) tally.fail(`${String(missing)} streams did not open`)
    },
    async measure() {
      const startedAt = performance.now()
      await released
      return (performance.now() - startedAt) / 1_000
    },
    [Symbol.dispose]() {
      for (const lane of lanes) lane.connection.destroy('released')
    },
  }
}
