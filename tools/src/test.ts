import { setMaxListeners } from 'node:events'
import { PassThrough, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { messageOf } from '@sluice/kernel/errors'
import { type Lane, steps } from './lanes/lanes.ts'
import { type LaneResult, listTests } from './lanes/run-jest.ts'
import { answerHelp } from './usage.ts'

const usage = `npm test [-- PATTERN | options of jest]

Every lane (${steps
  .flat()
  .map(({ name }) => name)
  .join(', ')}); the last line is the sum over all.
A lane takes its servers from REDIS_URL, DATABASE_URL and KAFKA_BROKERS, or starts those whose programs it finds; what it cannot run it
names, with the line that enables it. REQUIRE_SERVERS=1 makes that a failure.`

answerHelp(usage)
const args = process.argv.slice(2)
const serversAreRequired = process.env['REQUIRE_SERVERS'] === '1'

const interruption = new AbortController()
setMaxListeners(0, interruption.signal)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interruption.abort()
  })

const summary: string[] = []
const total = { passed: 0, failed: 0, skipped: 0 }
for (const step of steps) {
  if (interruption.signal.aborted) break
  const wanted: Lane[] = []
  for (const lane of step)
    if ((await listTests(lane.project, lane.mode, args)).length > 0) wanted.push(lane)
  const [only] = wanted
  const results =
    wanted.length === 1 && only
      ? [await runLane(only, process.stderr)]
      : await Promise.all(wanted.map((lane) => runBesideOthers(lane)))
  for (const [i, { name }] of wanted.entries()) {
    const result = results[i] ?? { passed: 0, failed: 1, skipped: 0 }
    total.passed += result.passed
    total.failed += result.failed
    total.skipped += result.skipped
    summary.push(`${name}: ${counts(result)}`)
  }
}

const ran = total.passed + total.failed > 0
if (interruption.signal.aborted) summary.push('interrupted')
else if (!ran)
  summary.push(`no test ran${args.length > 0 ? `: nothing matches ${args.join(' ')}` : ''}`)
process.stdout.write(`\n${summary.join('\n')}\n${counts(total)}\n`)
process.exitCode = ran && total.failed === 0 && !interruption.signal.aborted ? 0 : 1

/** What it has to say is kept together, and shown when it has ended. */
async function runBesideOthers(lane: Lane): Promise<LaneResult> {
  const output = new PassThrough()
  const said = text(output)
  const result = await runLane(lane, output)
  output.end()
  process.stderr.write(await said)
  return result
}

async function runLane(lane: Lane, output: Writable): Promise<LaneResult> {
  output.write(`\n── ${lane.name} ──\n`)
  const missing = lane.missing()
  for (const line of missing) output.write(`${line}\n`)
  if (missing.length > 0) {
    summary.push(...missing.map((line) => `${lane.name}: not run: ${line}`))
    if (serversAreRequired) return { passed: 0, failed: 1, skipped: 0 }
    if (!lane.runsInPart) return { passed: 0, failed: 0, skipped: 1 }
  }
  try {
    return await lane.run({ args, signal: interruption.signal, output })
  } catch (error) {
    output.write(`${messageOf(error)}\n`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

function counts({ passed, failed, skipped }: LaneResult): string {
  const skips = skipped > 0 ? `, ${String(skipped)} skipped` : ''
  return `${String(passed)} passed, ${String(failed)} failed${skips}`
}
