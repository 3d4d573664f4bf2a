import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { z } from 'zod'
import { repository } from '../repository.ts'

const flags = ['ExperimentalWarning', 'TimeoutNegativeWarning'].map(
  (warning) => `--disable-warning=${warning}`,
)
const jest = [
  '--experimental-vm-modules', // native ESM
  ...flags,
  join(repository, 'node_modules/jest/bin/jest.js'),
]

/** What jest gets to end by itself once it has written its report. */
const endGraceMs = 15_000

/** No lane takes this long in good health: past it the lane is ended and has failed. */
const laneTimeoutMs = 10 * 60_000

export interface LaneResult {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface JestResult extends LaneResult {
  readonly tests: readonly TestResult[]
}

export interface TestResult {
  readonly title: string
  readonly status: string
}

export interface JestRun {
  readonly project: string
  readonly workers: number
  /** Of one test: servers take their time where nothing is wrong. */
  readonly testTimeoutMs: number
  /** What the user gave: patterns and options of jest. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Where the readable report goes; stderr unless given. */
  readonly output?: Writable
}

const JestReport = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  /** Files that did not even load. */
  numRuntimeErrorTestSuites: z.int(),
  testResults: z.array(
    z.object({ assertionResults: z.array(z.object({ title: z.string(), status: z.string() })) }),
  ),
})

/** The files of a project that the user's patterns choose; `env` decides which belong to the lane, as it does when they run. */
export async function listTests(
  project: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<string[]> {
  const child = spawn(
    process.execPath,
    [...jest, '--selectProjects', project, '--listTests', '--passWithNoTests', ...args],
    { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  await once(child, 'close')
  return output.split('\n').filter((line) => line.endsWith('.ts'))
}

export async function runJest({
  project,
  workers,
  testTimeoutMs,
  args,
  env,
  signal,
  output = process.stderr,
}: JestRun): Promise<JestResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-jest-'))
  const report = join(folder, 'report.json')
  const limits = [`--maxWorkers=${String(workers)}`, `--testTimeout=${String(testTimeoutMs)}`]
  const options = ['--selectProjects', project, ...limits]
  const json = ['--json', `--outputFile=${report}`]
  try {
    const child = spawn(process.execPath, [...jest, ...options, ...json, ...args], {
      cwd: repository,
      // With --json the readable report goes to stderr; a terminal of its own shows it in colour.
      stdio: ['ignore', 'ignore', output === process.stderr ? 'inherit' : 'pipe'],
      env: { ...process.env, ...env },
    })
    child.stderr?.pipe(output, { end: false })
    return await readReport(report, await untilEnd(child, report, { signal, output }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The exit code; null when it had to be ended: by the user, at the limit, or because something that a test left open kept it. */
async function untilEnd(
  child: ChildProcess,
  report: string,
  { signal, output }: { readonly signal: AbortSignal; readonly output: Writable },
): Promise<number | null> {
  const end = (why: string) => {
    output.write(`Jest was ended: ${why}.\n`)
    child.kill('SIGKILL')
  }
  const onAbort = () => {
    end('interrupted')
  }
  signal.addEventListener('abort', onAbort)
  const limit = setTimeout(end, laneTimeoutMs, 'the lane took too long')
  let grace: NodeJS.Timeout | undefined
  const watch = setInterval(() => {
    if (existsSync(report)) grace ??= setTimeout(end, endGraceMs, 'a test left something open')
  }, 500)
  const [code] = (await once(child, 'exit')) as [number | null]
  for (const timer of [limit, grace, watch]) clearTimeout(timer)
  signal.removeEventListener('abort', onAbort)
  return code
}

/** Something failed whenever jest says so by its exit code, even where it counted no failed test, and when it wrote no report. */
async function readReport(file: string, code: number | null): Promise<JestResult> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return { passed: 0, failed: 1, skipped: 0, tests: [] }
  const report = JestReport.parse(JSON.parse(text))
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites
  return {
    passed: report.numPassedTests,
    failed: code === 0 || code === null ? failed : Math.max(failed, 1),
    skipped: report.numPendingTests + report.numTodoTests,
    tests: report.testResults.flatMap(({ assertionResults }) => assertionResults),
  }
}
