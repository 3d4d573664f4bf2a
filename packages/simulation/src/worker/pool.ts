import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Job, Report } from './protocol.ts'

export interface PoolOptions {
  readonly workers: number
  readonly bug: string | null
  readonly jobs: Iterable<Job>
  /** False ends the pool: what is under way is given up. */
  readonly onReport: (report: Report) => boolean
}

/** Simulates jobs in child processes, as many at a time as there are workers. Reports come as they are done, not in order. */
export async function runJobs(options: PoolOptions): Promise<void> {
  const jobs = options.jobs[Symbol.iterator]()
  const children: ChildProcess[] = []
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(join(import.meta.dirname, 'main.ts'), options.bug ? [options.bug] : [], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        execArgv: ['--conditions=@sluice/source', '--disable-warning=ExperimentalWarning'],
      })
      children.push(child)
      const next = () => {
        const job = jobs.next()
        if (job.done) child.kill()
        else child.send(job.value)
      }
      child.on('message', (report: Report) => {
        if (options.onReport(report)) next()
        else for (const each of children) each.kill()
      })
      child.on('error', reject)
      child.on('exit', (code) => {
        // A child that was told to end has no exit code.
        if (code === null || code === 0) resolve()
        else reject(new Error(`a simulation worker ended with ${String(code)}`))
      })
      next()
    })
  await Promise.all(Array.from({ length: options.workers }, work))
}
