import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { answerHelp } from '../usage.ts'
import { runRelayBench } from './relay-bench.ts'

const usage = `npm run relay-bench -- [options]
Fills an outbox while Kafka is not asked, then drains it through one relay: events a second and CPU per event, of the relay, of Postgres and of Kafka apart.
Starts Postgres and Kafka of its own.
  --events N    events in the outbox (200000)
  --batch N     events per batch, as a transaction of the ledger makes them (500)
  --profile F   V8's CPU profile of the draining in file F
`

answerHelp(usage)
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    batch: { type: 'string', default: '500' },
    profile: { type: 'string' },
  },
})
const dir = mkdtempSync(join(tmpdir(), 'sluice-relay-bench-'))
try {
  const report = await runRelayBench(dir, {
    events: Number(values.events),
    batch: Number(values.batch),
    profile: values.profile ?? null,
  })
  process.stdout.write(`${report}\n`)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
process.exit()
