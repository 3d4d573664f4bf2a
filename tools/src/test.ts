import { setMaxListeners } from 'node:events'
import { messageOf } from '@sluice/kernel/errors'
import { type Lane, lanes } from './lanes/lanes.ts'
import { type LaneResult, listTests } from './lanes/run-jest.ts'
import { answerHelp } from './usage.ts'

const usage = `npm test [-- PATTERN | options of jest]

Every lane (${lanes.map(({ name }) => name).join(', ')}); the last line is the sum over all.
A lane takes its servers from REDIS_URL, DATABASE_URL and KAFKA_BROKERS, or starts those whose programs it finds; what it cannot run it
names, with the line that enables it. REQUIRE_SERVERS=1 makes that a failure.`

/** In the order in which failures are cheapest to understand. */
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
for (const lane of lanes) {
  if (interruption.signal.aborted) break
  if ((await listTests(lane.project, lane.mode, args)).length === 0) continue
  const { passed, failed, skipped } = await runLane(lane)
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  summary.push(`${lane.name}: ${counts({ passed, failed, skipped })}`)
}

const ran = total.passed + total.failed > 0
if (interruption.signal.aborted) summary.push('interrupted')
else if (!ran)
  summary.push(`no test ran${args.length > 0 ? `: nothing matches ${args.join(' ')}` : ''}`)
process.stdout.write(`\n${summary.join('\n')}\n${counts(total)}\n`)
process.exitCode = ran && total.failed === 0 && !interruption.signal.aborted ? 0 : 1

async function runLane(lane: Lane): Promise<LaneResult> {
  process.stderr.write(`\n── ${lane.name} ──\n`)
  const missing = lane.missing()
  for (const line of missing) process.stderr.write(`${line}\n`)
  if (missing.length > 0) {
    summary.push(...missing.map((line) => `${lane.name}: not run: ${line}`))
    if (serversAreRequired) return { passed: 0, failed: 1, skipped: 0 }
    if (!lane.runsInPart) return { passed: 0, failed: 0, skipped: 1 }
  }
  try {
    return await lane.run({ args, signal: interruption.signal })
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

function counts({ passed, failed, skipped }: LaneResult): string {
  const skips = skipped > 0 ? `, ${String(skipped)} skipped` : ''
  return `${String(passed)} passed, ${String(failed)} failed${skips}`
}
