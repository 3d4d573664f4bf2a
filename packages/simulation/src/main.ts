import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { hunt, huntAll } from './planted/hunt.ts'
import { runJobs } from './worker/pool.ts'
import type { Job, Report } from './worker/protocol.ts'

interface Options {
  readonly runs: number
  readonly firstRun: number
  readonly workers: number
  readonly planted?: string
  readonly trace: boolean
}

function number(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('must be a whole number')
  return value
}

const program = new Command('npm run sim --')
  .description(
    'Simulates the services on a virtual clock; a run number decides everything that happens.',
  )
  .option('--runs <n>', 'how many runs', number, 2_000)
  .option('--first-run <n>', 'number of the first', number, 1)
  .option('--workers <n>', 'processes', number, availableParallelism())
  .option(
    '--planted <name>',
    'with this bug in the services, until it is caught; all = one after the other',
  )
  .option('--trace', 'print everything that happened', false)
  .parse()
const options = program.opts<Options>()

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
