import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Command, Job, LoadResult, Report } from './load/protocol.ts'

/** A job that finished its warm-up and waits. */
export interface WarmJob {
  /** Failures of the warm-up, in words; empty when there were none. */
  readonly problems: readonly string[]
  /** Runs the measured window. */
  go(): Promise<LoadResult>
  /** For jobs that hold streams open: closes them, so that `go` resolves. */
  release(): void
}

export interface LoadGenerator extends AsyncDisposable {
  start(job: Job): Promise<WarmJob>
}

/** The load generator's process; one job at a time. */
export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'load', 'main.ts'), [], {
    execArgv: ['--conditions=@sluice/source', '--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
  })
  const send = (command: Command) => {
    child.send(command)
  }
  const nextReport = async (): Promise<Report> => {
    const ended = new AbortController()
    try {
      const [report] = (await Promise.race([
        once(child, 'message', { signal: ended.signal }),
        once(child, 'exit', { signal: ended.signal }).then(() => {
          throw new Error('the load generator ended')
        }),
      ])) as [Report]
      if (report.type === 'failed') throw new Error(`load generator: ${report.message}`)
      return report
    } finally {
      ended.abort()
    }
  }
  return {
    async start(job) {
      const warm = nextReport()
      send({ type: 'start', job })
      const report = await warm
      if (report.type !== 'warm') throw new Error(`load generator: ${report.type} out of turn`)
      return {
        problems: report.failures === 0 ? [] : report.failureSamples,
        async go() {
          const done = nextReport()
          send({ type: 'go' })
          const result = await done
          if (result.type !== 'done') throw new Error(`load generator: ${result.type} out of turn`)
          return result.result
        },
        release() {
          send({ type: 'release' })
        },
      }
    },
    async [Symbol.asyncDispose]() {
      if (!child.connected) return
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}
