import { memoryUsage } from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import type { NewEntry } from '@sluice/contracts/generation/log-entry'
import { startAdapter } from './start-adapter.ts'

/**
 * A provider-adapter by itself: calls the provider at `argv[2]` in the wire of `argv[3]`, once to warm up and then `argv[4]` times, for a stream or
 * (`argv[5]` = plain) not, and prints how each call ended and what it took at most, bytes. Neither the provider nor the log that is written is in
 * this process. Before each call `…/next` tells the provider to do its next worst.
 */

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is kept, and what the process takes: the second is more, and is seldom given back. */
function taken() {
  collect()
  const { heapUsed, external, rss } = memoryUsage()
  return { kept: heapUsed + external, rss }
}

const [, , baseUrl = '', wire = '', count = '0', form = 'stream'] = process.argv
const cleanup: AsyncDisposable[] = []
const emptied = (entry: NewEntry): NewEntry => ({ ...entry, data: Buffer.alloc(0) })
const adapter = await startAdapter(
  cleanup,
  { provider: () => undefined },
  {
    row: { baseUrl },
    env: { MAX_STREAM_BYTES: '24000000', RETRY_ENABLED: 'false', CIRCUIT_BREAKER_ENABLED: 'false' },
    generations: (inner) => ({
      append: (claim, entries) => inner.append(claim, entries.map(emptied)),
      finish: (claim, entry, end) => inner.finish(claim, emptied(entry), end),
    }),
  },
)

async function ask() {
  await fetch(`${baseUrl}/next`)
  const stream = form === 'stream'
  const options = { wire: wire as RouteTarget['wire'], stream, deadlineMs: 3_000 }
  const entries = await adapter.entriesOf(await adapter.ask(options))
  while (adapter.records.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const [record] = adapter.records.splice(0)
  const { state, error } = entries.at(-1)?.end ?? {}
  return { state, status: error?.status, estimated: record?.calls[0]?.estimated }
}

async function measure() {
  const before = taken()
  let { kept, rss } = before
  const sampling = setInterval(() => {
    const now = taken()
    kept = Math.max(kept, now.kept)
    rss = Math.max(rss, now.rss)
  }, 25)
  const outcome = await ask()
  clearInterval(sampling)
  return { ...outcome, kept: kept - before.kept, rss: rss - before.rss }
}

// Code is compiled and pools are filled by the first call.
await ask()
for (let i = 0; i < Number(count); i += 1)
  process.stdout.write(`${JSON.stringify(await measure())}\n`)
for (const each of cleanup.toReversed()) await each[Symbol.asyncDispose]()
