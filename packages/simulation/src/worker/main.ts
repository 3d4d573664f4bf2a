import { messageOf } from '@sluice/kernel/errors'
import { plant } from '../planted/plant.ts'
import { plantedBugs } from '../planted/planted-bugs.ts'
import type { Job, Report } from './protocol.ts'

/** A child process that simulates what it is told to. A planted bug is in the services that it loads, so one child has one bug or none. */
const bug = plantedBugs[process.argv[2] ?? '']
if (bug !== undefined) plant(bug)
const { simulate, unhandled } = await import('../run.ts')

for (const event of ['unhandledRejection', 'uncaughtException'] as const)
  process.on(event, (thrown: unknown) => {
    for (const listener of unhandled) listener(thrown)
  })

function report(message: Report): void {
  process.send?.(message)
}

process.on('message', (job: Job) => {
  simulate(job).then(
    ({ run, hash, violations, lines, facts }) => {
      report({ run, hash, violations, lines, facts })
    },
    (error: unknown) => {
      const crash = Error.isError(error) ? (error.stack ?? error.message) : messageOf(error)
      report({
        run: job.run,
        hash: '',
        violations: [`the run itself failed: ${crash}`],
        lines: [],
        facts: null,
      })
    },
  )
})
