import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LakeTable } from '@sluice/contracts/lake/table'
import { type Clock, sleep } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { FlinkLakeConfig } from './config.ts'
import { flinkErrors } from './errors.ts'
import type { FlinkFiles } from './flink-files.ts'
import type { FlinkLake } from './flink-lake.ts'
import {
  checkpointsFolder,
  forgetOldJobs,
  newestRestorePoint,
  savepointsFolder,
} from './restore-point.ts'

export interface FlinkJobOptions {
  /** Checkpoints, savepoints, settings and the log. */
  readonly dir: string
  readonly config: FlinkLakeConfig
  readonly files: FlinkFiles
  /** The job; `deploy/flink/lake.sql` unless given. */
  readonly sqlFile?: string
  /** Heap of the one Java process that cluster and job are. */
  readonly heapMb?: number
  readonly javaFlags?: readonly string[]
  readonly clock: Clock
  readonly say: (line: string) => void
}

/** The job, in whichever form. */
export interface RunningJob {
  /** Resolves when it has been submitted. */
  start(): Promise<void>
  /** Ends it with a savepoint, and resolves with its path; null when the newest checkpoint has to do. */
  stop(): Promise<string | null>
}

const firstPauseMs = 1_000
const longestPauseMs = 30_000
/** Longer than the job takes to write its savepoint. */
const stopMs = 90_000

/**
 * The job in its one-process form, kept running: whenever its Java ends by itself, it is started again from the newest checkpoint. Every start
 * goes on from the newest complete checkpoint or savepoint of the folder.
 */
export class FlinkJob implements RunningJob {
  readonly #options: FlinkJobOptions
  #child: ChildProcess | null = null
  #stopping: AbortController | null = null
  #ended: Promise<void> | null = null
  #savepoint: string | null = null

  constructor(options: FlinkJobOptions) {
    this.#options = options
  }

  /** The Java process that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** What happens to the job afterwards is dealt with here. */
  async start(): Promise<void> {
    const { dir, config, files } = this.#options
    await mkdir(join(dir, 'conf'), { recursive: true })
    await writeFile(join(dir, 'conf/config.yaml'), await settings('local', dir, files))
    await forgetOldJobs(dir)
    const stopping = (this.#stopping = new AbortController())
    let first: (error?: Error) => void = () => undefined
    const started = new Promise<void>((done, failed) => {
      first = (error) => {
        if (error) failed(error)
        else done()
      }
    })
    this.#ended = this.#keepRunning(stopping.signal, first, config)
    await started
  }

  async #keepRunning(
    signal: AbortSignal,
    first: (error?: Error) => void,
    config: FlinkLakeConfig,
  ): Promise<void> {
    const { clock, say, dir } = this.#options
    let pauseMs = firstPauseMs
    for (let run = 1; !signal.aborted; run++) {
      const startedAt = clock.monotonic()
      const restore = newestRestorePoint(dir)
      say(restore ? `the job goes on from ${restore}` : 'the job starts from nothing')
      const code = await this.#run(config, restore, () => {
        first()
        say('the job runs')
      })
      if (signal.aborted) break
      first(new GatewayError(flinkErrors.lake_job_failed, `see ${logFile(dir)}`))
      if (clock.monotonic() - startedAt > 2 * longestPauseMs) pauseMs = firstPauseMs
      say(`Flink ended (${String(code)}); it is started again in ${String(pauseMs / 1_000)} s`)
      await pause(clock, pauseMs, signal)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
    first(new GatewayError(flinkErrors.lake_job_failed, 'stopped before it ran'))
  }

  async #run(
    config: FlinkLakeConfig,
    restore: string | null,
    onJob: () => void,
  ): Promise<number | string | null> {
    const { dir, files, sqlFile, heapMb = 1_024, javaFlags = [] } = this.#options
    const child = spawn(
      files.java,
      [
        `@${files.javaArguments}`,
        `-Xmx${String(heapMb)}m`,
        '-XX:MaxDirectMemorySize=256m',
        '-XX:+UseSerialGC',
        ...javaFlags,
        '-XX:+ExitOnOutOfMemoryError',
        logging(files),
        '-cp',
        files.classPath,
        'sluice.lake.SqlRunner',
        sqlFile ?? join(files.folder, 'lake.sql'),
        '--savepoints',
        pathToFileURL(resolve(savepointsFolder(dir))).href,
        ...(restore ? ['--restore', pathToFileURL(resolve(restore)).href] : []),
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        // A Ctrl-C in a terminal is ours to hand on: as the signal that it takes a savepoint by.
        detached: true,
        env: { ...config.sqlVariables, FLINK_CONF_DIR: join(dir, 'conf'), PATH: '/usr/bin:/bin' },
      },
    )
    this.#child = child
    const log = createWriteStream(logFile(dir), { flags: 'a' })
    child.stderr.pipe(log, { end: false })
    child.stdout.pipe(log, { end: false })
    child.stdout.on('data', (chunk: Buffer) => {
      const said = chunk.toString()
      if (/^job /m.test(said)) onJob()
      this.#savepoint = /^savepoint (.*)$/m.exec(said)?.[1] ?? this.#savepoint
    })
    // Stopped while it was being spawned.
    if (this.#stopping?.signal.aborted) child.kill('SIGTERM')
    const end = await Promise.race([
      once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string | null),
      once(child, 'error').then(([error]) => String(error)),
    ])
    log.end()
    return end
  }

  async stop(): Promise<string | null> {
    const { clock } = this.#options
    this.#savepoint = null
    this.#stopping?.abort()
    const child = this.#child
    if (child?.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    using lastResort = clock.after(stopMs, () => child?.kill('SIGKILL'))
    await this.#ended
    void lastResort
    return this.#savepoint
  }
}

/**
 * Refuses a start that would read every topic again onto rows that are there: without its state the job knows neither what it has committed nor
 * what it has seen.
 */
export async function requireRestorePoint(
  dir: string,
  lake: FlinkLake,
  tables: readonly LakeTable[],
): Promise<void> {
  if (newestRestorePoint(dir) !== null) return
  const filled = (await lake.state(tables)).filter(({ rows }) => rows > 0)
  if (filled.length === 0) return
  const counts = filled.map(({ table, rows }) => `${table} has ${String(rows)}`).join(', ')
  const title = flinkErrors.lake_needs_restore_point.title
  throw new GatewayError(flinkErrors.lake_needs_restore_point, `${title} (${counts} rows)`)
}

export function logging(files: FlinkFiles): string {
  return `-Dlog4j2.configurationFile=${pathToFileURL(join(files.folder, 'conf/log4j2.properties')).href}`
}

export function logFile(dir: string): string {
  return join(dir, 'flink.log')
}

/** Of a form, with the folders of this job. */
export async function settings(
  form: 'local' | 'cluster',
  dir: string,
  files: FlinkFiles,
): Promise<string> {
  const base = await readFile(join(files.folder, 'conf', form, 'config.yaml'), 'utf8')
  const at = (folder: string) => pathToFileURL(resolve(folder)).href
  return `${base}
execution.checkpointing.dir: ${at(checkpointsFolder(dir))}
execution.checkpointing.savepoint-dir: ${at(savepointsFolder(dir))}
io.tmp.dirs: ${resolve(dir, 'tmp')}
`
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await sleep(clock, ms, signal).catch(() => undefined)
}
