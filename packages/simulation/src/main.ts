import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { hunt, huntAll } from './planted/hunt.ts'
import { runJobs } from './worker/pool.ts'
import type { Job, Report } from './worker/protocol.ts'

const usage = `npm run sim -- [--runs 2000] [--first-run 1] [--workers N] [--planted NAME|all] [--trace]`

function readOptions() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '2000' },
      'first-run': { type: 'string', default: '1' },
      workers: { type: 'string', default: String(availableParallelism()) },
      planted: { type: 'string' },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  const { planted, trace } = values
  const [runs, firstRun, workers] = [values.runs, values['first-run'], values.workers].map(Number)
  if (!isCount(runs) || !isCount(firstRun) || !isCount(workers))
    throw new Error(`--runs, --first-run and --workers are whole numbers\n${usage}`)
  return { runs, firstRun, workers, planted, trace }
}

function isCount(value: number | undefined): value is number {
  return Number.isInteger(value) && Number(value) > 0
}

const options = readOptions()

function replay(run: number): string {
  const planted = options.planted === undefined ? '' : ` --planted ${options.planted}`
  return `npm run sim -- --first-run ${String(run)} --runs 1${planted}`
}

function* jobs(): Iterable<Job> {
  for (let i = 0; i < options.runs; i += 1)
    yield { run: options.firstRun + i, trace: options.trace }
}

async function simulateAll(): Promise<boolean> {
  const total = { runs: 0, failed: 0, steps: 0, virtualMs: 0, accepted: 0, providerCalls: 0 }
  const startedAt = performance.now()
  const onReport = (report: Report) => {
    total.runs += 1
    total.steps += report.facts?.steps ?? 0
    total.virtualMs += report.facts?.virtualMs ?? 0
    total.accepted += report.facts?.accepted ?? 0
    total.providerCalls += report.facts?.providerCalls ?? 0
    for (const line of report.lines) process.stdout.write(`${line}\n`)
    if (options.runs === 1) process.stdout.write(`history ${report.hash}\n`)
    if (report.violations.length > 0) {
      total.failed += 1
      const [first = '', ...more] = report.violations
      const others = more.length > 0 ? ` (and ${String(more.length)} more)` : ''
      process.stdout.write(`${replay(report.run)}   # ${first.replaceAll('\n', ' ')}${others}\n`)
      if (options.runs === 1) for (const line of more) process.stdout.write(`  ${line}\n`)
    }
    return true
  }
  const workers = Math.max(1, Math.min(options.workers, options.runs))
  await runJobs({ workers, bug: null, jobs: jobs(), onReport })
  const seconds = (performance.now() - startedAt) / 1_000
  process.stdout.write(
    `${String(total.runs)} runs, ${String(total.failed)} failing: ` +
      `${String(total.accepted)} generations, ${String(total.providerCalls)} provider calls, ${String(total.steps)} events, ` +
      `${(total.virtualMs / 3_600_000).toFixed(1)} h of virtual time in ${seconds.toFixed(0)} s\n`,
  )
  return total.failed === 0
}

async function main(): Promise<boolean> {
  const { planted } = options
  if (planted === undefined) return simulateAll()
  const print = (line: string) => process.stdout.write(`${line}\n`)
  if (planted === 'all') return huntAll({ ...options, print })
  return hunt(planted, { ...options, print })
}

process.exitCode = (await main()) ? 0 : 1
