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
    const by = caught === null ? '**nothing**' : (caught.violation.split(':')[0] ?? '')
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

async function firstCatch(
  bug: string,
  { runs, firstRun, workers }: HuntOptions,
): Promise<Catch | null> {
  let caught: Catch | null = null
  function* jobs(): Iterable<Job> {
    for (let i = 0; i < runs; i += 1) yield { run: firstRun + i, trace: false }
  }
  const onReport = ({ run, violations }: Report) => {
    const [violation] = violations
    if (violation === undefined) return true
    caught ??= { run, violation }
    return false
  }
  await runJobs({ workers, bug, jobs: jobs(), onReport })
  return caught
}
