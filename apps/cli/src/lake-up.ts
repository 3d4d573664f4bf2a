import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { lakeTables } from '@sluice/contracts/lake/tables'
import { systemClock } from '@sluice/kernel/clock'
import { configurationError } from '@sluice/kernel/env'
import { openFlinkLake } from '@sluice/lake-flink'
import { startClusterForm } from '@sluice/lake-flink/cluster-form'
import { readFlinkLakeConfig } from '@sluice/lake-flink/config'
import { requestStop, takeControl } from '@sluice/lake-flink/control'
import { findFlink } from '@sluice/lake-flink/flink-files'
import { FlinkJob, requireRestorePoint, type RunningJob } from '@sluice/lake-flink/flink-job'
import { type CommandContext, print } from './command.ts'
import type { UpOptions } from './lake-commands.ts'

/** Runs the job until the process is told to end, or somebody calls `sluice lake stop`. */
export async function runLake(context: CommandContext, options: UpOptions): Promise<void> {
  const config = readFlinkLakeConfig(context.env)
  if (!config) throw configurationError(['ICEBERG_CATALOG_URI: which catalogue are the tables in?'])
  const dir = resolve(options.dir)
  await mkdir(dir, { recursive: true })
  let job: RunningJob | null = null
  let asked: () => void = () => undefined
  const stopAsked = new Promise<void>((done) => {
    asked = done
  })
  let stopped: Promise<string> | null = null
  const stop = () =>
    (stopped ??= (async () => {
      asked()
      const savepoint = await job?.stop()
      return savepoint ?? 'stopped; the next start goes on from the newest checkpoint'
    })())
  await using _control = await takeControl(dir, stop)
  const files = await findFlink(context.env)
  if (!options.fromScratch) {
    await using lake = openFlinkLake(config, files, systemClock)
    await requireRestorePoint(dir, lake, lakeTables)
  }
  const jobOptions = {
    dir,
    config,
    files,
    heapMb: options.heap,
    ...(options.sql ? { sqlFile: resolve(options.sql) } : {}),
    clock: systemClock,
    say: (line: string) => {
      print(context, { at: new Date(systemClock.now()).toISOString(), message: line }, line)
    },
  }
  job = options.form === 'cluster' ? startClusterForm(jobOptions) : new FlinkJob(jobOptions)
  await job.start()
  await using watched = new AsyncDisposableStack()
  if (options.upkeep) {
    const { startUpkeep } = await import('./lake-upkeep.ts')
    watched.use(
      await startUpkeep(context.env, watched.use(openFlinkLake(config, files, systemClock))),
    )
  }
  await Promise.race([context.untilInterrupted(), stopAsked])
  const answer = await stop()
  print(context, { stopped: answer }, answer)
}

export async function stopLake(
  context: CommandContext,
  { dir }: { readonly dir: string },
): Promise<void> {
  const answer = await requestStop(dir)
  print(context, { stopped: answer }, answer)
}

/** Table before job: the job that runs names its columns, and is not disturbed by one that it does not know. */
export async function upgradeLake(context: CommandContext, options: UpOptions): Promise<void> {
  const { applyLake } = await import('./lake-tables.ts')
  await applyLake(context)
  await stopLake(context, options)
  await runLake(context, options)
}
