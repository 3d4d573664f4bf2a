import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '@sluice/kernel/errors'
import { answerHelp, refuse } from '../usage.ts'
import { measureErasure } from './measure-erasure.ts'
import { runSoak } from './run-soak.ts'

const usage = `npm run lake-soak [-- --usage 100000 --turns 10000 --relay-kills 20 --flink-kills 2 --steady 60 --dir DIR]
npm run lake-soak -- --erasure 100000 [--days 5 --dir DIR]

Bills and turns go through the real path (outbox, the \`usage\` service as relay, Kafka, Flink, Iceberg) while the relay and Flink are killed and
the broker is restarted. Prints what was produced, what is in the tables, and how long rows take in steady state; exit code 1 when they differ.
With --erasure: what it costs to erase one of so many people, before and after compaction.`

answerHelp(usage)

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        usage: { type: 'string', default: '100000' },
        turns: { type: 'string', default: '10000' },
        'relay-kills': { type: 'string', default: '20' },
        'flink-kills': { type: 'string', default: '2' },
        erasure: { type: 'string' },
        days: { type: 'string', default: '5' },
        steady: { type: 'string', default: '60' },
        dir: { type: 'string' },
      },
    })
    return values
  } catch (error) {
    return refuse(messageOf(error), usage)
  }
}

const options = readOptions()
const dir = resolve(options.dir ?? (await mkdtemp(join(tmpdir(), 'sluice-lake-soak-'))))
const say = (line: string) => process.stdout.write(`${line}\n`)
try {
  if (options.erasure !== undefined) {
    await measureErasure({ dir, people: Number(options.erasure), days: Number(options.days), say })
    process.exit(0)
  }
  const isRight = await runSoak({
    dir,
    usage: Number(options.usage),
    turns: Number(options.turns),
    relayKills: Number(options['relay-kills']),
    flinkKills: Number(options['flink-kills']),
    steadySeconds: Number(options.steady),
    say,
  })
  process.exit(isRight ? 0 : 1)
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n(${dir})\n`)
  process.exit(1)
}
