import { availableParallelism } from 'node:os'
import { expect, test } from '@jest/globals'
import { runJobs } from './worker/pool.ts'
import type { Job, Report } from './worker/protocol.ts'

const runs = 2_000

test('R12 2,000 runs hold every invariant', async () => {
  const failing: string[] = []
  let done = 0
  function* jobs(): Iterable<Job> {
    for (let run = 1; run <= runs; run += 1) yield { run, trace: false }
  }
  const onReport = ({ run, violations }: Report) => {
    done += 1
    if (violations.length > 0)
      failing.push(
        `npm run sim -- --first-run ${String(run)} --runs 1   # ${violations.join('\n  ')}`,
      )
    return true
  }
  await runJobs({ workers: availableParallelism(), bug: null, jobs: jobs(), onReport })
  expect(failing).toEqual([])
  expect(done).toBe(runs)
}, 600_000)
