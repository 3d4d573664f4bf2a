import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sleep } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { z } from 'zod'
import { flinkErrors } from './errors.ts'
import { type FlinkJobOptions, logging, type RunningJob, settings } from './flink-job.ts'
import { forgetOldJobs, newestRestorePoint, savepointsFolder } from './restore-point.ts'

const Overview = z.object({ 'slots-total': z.int() })
const Jobs = z.object({ jobs: z.array(z.object({ jid: z.string(), state: z.string() })) })
const Trigger = z.object({ 'request-id': z.string() })
const Savepoint = z.object({
  status: z.object({ id: z.string() }),
  operation: z.object({ location: z.string().optional() }).nullish(),
})

const ended = new Set(['FINISHED', 'FAILED', 'CANCELED'])
const restartMs = 1_000
const lookMs = 2_000
const startMs = 120_000
const stopMs = 60_000

/**
 * A session cluster of two processes (JobManager, TaskManager) on this machine, and the job on it. Either is started again when it ends; a
 * cluster without the job, as a new JobManager is, gets it from its newest checkpoint.
 */
export function startClusterForm(options: FlinkJobOptions): RunningJob {
  const { dir, files, config, clock, say } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const children = new Set<ChildProcess>()
  const confDir = join(dir, 'conf')
  let rest = ''

  function java(name: string, args: readonly string[], env: Record<string, string>): ChildProcess {
    const machine = ['-XX:+UseSerialGC', logging(files), '-cp', files.classPath]
    const child = spawn(files.java, [`@${files.javaArguments}`, ...machine, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a Ctrl-C in a terminal is ours to hand on
      env: { ...env, FLINK_CONF_DIR: confDir, PATH: '/usr/bin:/bin' },
    })
    const log = createWriteStream(join(dir, `${name}.log`), { flags: 'a' })
    child.stdout.pipe(log, { end: false })
    child.stderr.pipe(log, { end: false })
    children.add(child)
    child.once('close', () => {
      children.delete(child)
      log.end()
    })
    return child
  }

  function keepRunning(name: string, args: readonly string[]): void {
    const child = java(name, args, {})
    child.once('close', () => {
      if (signal.aborted) return
      say(`${name} ended; it is started again`)
      clock.after(restartMs, () => {
        if (!signal.aborted) keepRunning(name, args)
      })
    })
  }

  async function ask<Answer>(
    path: string,
    schema: z.ZodType<Answer>,
    body?: object,
  ): Promise<Answer> {
    const response = await fetch(`${rest}${path}`, {
      method: body ? 'POST' : 'GET',
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok)
      throw new Error(`${path}: ${String(response.status)} ${await response.text()}`)
    return schema.parse(await response.json())
  }

  async function jobIds(): Promise<string[]> {
    const { jobs } = await ask('/jobs/overview', Jobs)
    return jobs.filter(({ state }) => !ended.has(state)).map(({ jid }) => jid)
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    for (const deadline = clock.monotonic() + startMs; ;) {
      if (await condition().catch(() => false)) return
      if (clock.monotonic() > deadline)
        throw new GatewayError(flinkErrors.lake_job_failed, `see the logs in ${dir}`)
      await sleep(clock, restartMs, signal)
    }
  }

  async function submit(): Promise<void> {
    const restore = newestRestorePoint(dir)
    say(restore ? `the job goes on from ${restore}` : 'the job starts from nothing')
    const sql = options.sqlFile ?? join(files.folder, 'lake.sql')
    const from = restore ? ['--restore', pathToFileURL(resolve(restore)).href] : []
    const child = java(
      'submit',
      ['-Xmx384m', 'sluice.lake.SqlRunner', sql, '--detached', ...from],
      config.sqlVariables,
    )
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new GatewayError(flinkErrors.lake_job_failed, `see ${dir}/submit.log`)
    say('the job runs')
  }

  /** One look at a time, until the end. */
  async function watch(): Promise<void> {
    while (!signal.aborted) {
      await sleep(clock, lookMs, signal).catch(() => undefined)
      if (signal.aborted) return
      try {
        const { 'slots-total': slots } = await ask('/overview', Overview)
        if (slots > 0 && (await jobIds()).length === 0) await submit()
      } catch (error) {
        if (!signal.aborted) say(`the cluster does not answer: ${String(error)}`)
      }
    }
  }

  return {
    async start() {
      await mkdir(confDir, { recursive: true })
      const [restPort, rpcPort] = [await freePort(), await freePort()]
      rest = `http://127.0.0.1:${String(restPort)}`
      const ports = `rest.port: ${String(restPort)}\njobmanager.rpc.port: ${String(rpcPort)}\n`
      await writeFile(
        join(confDir, 'config.yaml'),
        `${await settings('cluster', dir, files)}${ports}`,
      )
      await forgetOldJobs(dir)
      const entry = 'org.apache.flink.runtime'
      const config = ['--configDir', confDir]
      const manager = `${entry}.entrypoint.StandaloneSessionClusterEntrypoint`
      keepRunning('jobmanager', ['-Xmx512m', manager, ...config])
      keepRunning('taskmanager', [
        `-Xmx${String(options.heapMb ?? 1_024)}m`,
        '-XX:MaxDirectMemorySize=256m',
        `${entry}.taskexecutor.TaskManagerRunner`,
        ...config,
      ])
      await until(async () => (await ask('/overview', Overview))['slots-total'] > 0)
      say(`the cluster serves ${rest}`)
      await submit()
      void watch()
    },
    async stop() {
      let savepoint: string | null = null
      try {
        const [id] = await jobIds()
        if (id) savepoint = await stopWithSavepoint(id)
      } catch (error) {
        say(`stopped without a savepoint: ${String(error)}`)
      }
      stopping.abort()
      await Promise.all(
        [...children].map(async (child) => {
          const gone = once(child, 'close')
          child.kill('SIGTERM')
          using _lastResort = clock.after(stopMs, () => child.kill('SIGKILL'))
          await gone
        }),
      )
      return savepoint
    },
  }

  async function stopWithSavepoint(id: string): Promise<string | null> {
    const folder = pathToFileURL(resolve(savepointsFolder(dir))).href
    const { 'request-id': request } = await ask(`/jobs/${id}/stop`, Trigger, {
      drain: false,
      targetDirectory: folder,
    })
    for (const deadline = clock.monotonic() + stopMs; clock.monotonic() < deadline;) {
      const { status, operation } = await ask(`/jobs/${id}/savepoints/${request}`, Savepoint)
      if (status.id === 'COMPLETED') return operation?.location ?? null
      await sleep(clock, 200)
    }
    return null
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const closed = once(server, 'close')
  server.close()
  await closed
  return typeof address === 'object' && address ? address.port : 0
}
