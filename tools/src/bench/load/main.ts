// The load generator: one process with raw keep-alive sockets, told what to do over IPC. A job is: open, warm up, report `warm`, wait
// for `go` (meanwhile the parent reads the CPU counters), measure, report `done` with nothing in flight.
import { createClosedLoad, type Load } from './closed-load.ts'
import { createHoldLoad } from './hold-load.ts'
import { createOpenLoad } from './open-load.ts'
import type { Command, Job, Report } from './protocol.ts'

let go = Promise.withResolvers<void>()
let release = Promise.withResolvers<void>()

function report(message: Report): void {
  process.send?.(message)
}

function createLoad(job: Job): Load {
  if (job.kind === 'closed') return createClosedLoad(job)
  if (job.kind === 'open') return createOpenLoad(job)
  return createHoldLoad(job, release.promise)
}

async function perform(job: Job): Promise<void> {
  go = Promise.withResolvers()
  release = Promise.withResolvers()
  using load = createLoad(job)
  await load.warmUp()
  const { failures, failureSamples } = load.tally
  report({ type: 'warm', failures, failureSamples: [...failureSamples] })
  await go.promise
  load.tally.clear()
  const seconds = await load.measure()
  report({ type: 'done', result: load.tally.result(seconds) })
}

process.on('message', (command: Command) => {
  if (command.type === 'go') go.resolve()
  else if (command.type === 'release') release.resolve()
  else {
    perform(command.job).catch((error: unknown) => {
      report({
        type: 'failed',
        message: Error.isError(error) ? (error.stack ?? error.message) : String(error),
      })
    })
  }
})
process.on('disconnect', () => process.exit(0))
