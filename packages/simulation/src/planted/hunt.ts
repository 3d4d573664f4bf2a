import { runJobs } from '../worker/pool.ts'
import type { Job, Report } from '../worker/protocol.ts'
import { plantedBugs } from './planted-bugs.ts'

export interface HuntOptions {
  readonly runs: number
  readonly firstRun: number
  readonly workers: number
  readonly print: (line: string) => void
}

interface Catch {
  readonly run: number
  readonly violation: string
}

/** Every planted bug, each until a run catches it. False when one survives. */
export async function huntAll(options: HuntOptions): Promise<boolean> {
  const survivors: string[] = []
  options.print('| Planted bug | What is broken | Caught by | In run |')
  options.print('|---|---|---|---|')
  for (const [name, { breaks }] of Object.entries(plantedBugs)) {
    const caught = await firstCatch(name, options)
    if (caught === null) survivors.push(name)
    const by = caught === null ? '**nothing**' : idOf(caught.violation)
    options.print(
      `| ${name} | ${breaks} | ${by} | ${caught === null ? `none of ${String(options.runs)}` : String(caught.run)} |`,
    )
  }
  if (survivors.length > 0) options.print(`\nsurvived: ${survivors.join(', ')}`)
  return survivors.length === 0
}

/** One bug, with what gave it away. */
export async function hunt(name: string, options: HuntOptions): Promise<boolean> {
  if (plantedBugs[name] === undefined) {
    options.print(`There is no planted bug ${name}. One of: ${Object.keys(plantedBugs).join(', ')}`)
    return false
  }
  const caught = await firstCatch(name, options)
  options.print(
    caught === null
      ? `${name} survived ${String(options.runs)} runs`
      : `${name} is caught in run ${String(caught.run)} by ${caught.violation}`,
  )
  return caught !== null
}

/** A violation counts where the sound product has none of its kind. */
async function firstCatch(bug: string, options: HuntOptions): Promise<Catch | null> {
  const { runs, firstRun } = options
  for (let next = firstRun; next < firstRun + runs;) {
    const caught = await firstViolation(bug, next, firstRun + runs, options.workers)
    if (caught === null) return null
    const sound = await violationsOf(caught.run)
    const found = caught.violations.find((violation) => !sound.has(idOf(violation)))
    if (found !== undefined) return { run: caught.run, violation: found }
    next = caught.run + 1
  }
  return null
}

type Found = Pick<Report, 'run' | 'violations'>

async function firstViolation(
  bug: string,
  from: number,
  to: number,
  workers: number,
): Promise<Found | null> {
  let first: Found | null = null
  function* jobs(): Iterable<Job> {
    for (let run = from; run < to; run += 1) yield { run, trace: false }
  }
  const onReport = (report: Report) => {
    if (report.violations.length === 0) return true
    first ??= report
    return false
  }
  await runJobs({ workers, bug, jobs: jobs(), onReport })
  return first
}

async function violationsOf(run: number): Promise<Set<string>> {
  const ids = new Set<string>()
  const onReport = ({ violations }: Report) => {
    for (const violation of violations) ids.add(idOf(violation))
    return true
  }
  await runJobs({ workers: 1, bug: null, jobs: [{ run, trace: false }], onReport })
  return ids
}

function idOf(violation: string): string {
  return violation.split(':')[0] ?? ''
}
