import { type Command, InvalidArgumentError } from 'commander'
import type { CommandContext } from './command.ts'
import { moment, type PeriodOptions } from './period-options.ts'

function form(text: string): 'process' | 'cluster' {
  if (text !== 'process' && text !== 'cluster') throw new InvalidArgumentError('process or cluster')
  return text
}

/** `sluice lake …`: the tables of the lake, and the Flink job that writes those of a catalogue. */
export function addLakeCommands(program: Command, context: () => CommandContext): void {
  const lake = program.command('lake').description('the tables of the lake, for data teams')
  lake
    .command('apply')
    .description('create tables that are missing, add columns that are missing; nothing else')
    .action(async () => {
      const { applyLake } = await import('./lake-tables.ts')
      await applyLake(context())
    })
  lake
    .command('maintain')
    .description(
      'erase whoever waits for it, remove what is past its retention, compact files, drop old snapshots and orphans',
    )
    .action(async () => {
      const { maintainLake } = await import('./lake-tables.ts')
      await maintainLake(context())
    })
  lake
    .command('erase')
    .description('remove a person or a tenant from every file of every table')
    .requiredOption('--tenant <id>', 'whose')
    .option('--user <id>', 'the person; default: everybody of the tenant')
    .option('--key <id...>', 'keys of that person: what they did is theirs')
    .action(async (options: EraseOptions) => {
      const { eraseFromLake } = await import('./lake-tables.ts')
      await eraseFromLake(context(), options)
    })
  lake
    .command('reconcile')
    .description('compare tables with topics and with the ledger; exit code 1 when they differ')
    .option('--from <time>', 'RFC 3339 or a date, UTC; default: yesterday', moment)
    .option(
      '--to <time>',
      'its end; a date is the whole day; default: the end of yesterday',
      moment,
    )
    .action(async (options: PeriodOptions) => {
      const { reconcileLakeTables } = await import('./lake-reconcile.ts')
      await reconcileLakeTables(context(), options)
    })
  const up = lake
    .command('up')
    .description('run the Flink job until SIGTERM, from its newest checkpoint or savepoint')
    .option('--from-scratch', 'start without a checkpoint although the tables have rows')
    .action(async (options: UpOptions) => {
      const { runLake } = await import('./lake-up.ts')
      await runLake(context(), options)
    })
  lake
    .command('stop')
    .description('end the Flink job of a folder with a savepoint')
    .requiredOption('--dir <folder>', 'as given to `up`')
    .action(async (options: { readonly dir: string }) => {
      const { stopLake } = await import('./lake-up.ts')
      await stopLake(context(), options)
    })
  const upgrade = lake
    .command('upgrade')
    .description('end the Flink job of a folder with a savepoint, apply the tables, run this one')
    .action(async (options: UpOptions) => {
      const { upgradeLake } = await import('./lake-up.ts')
      await upgradeLake(context(), options)
    })
  for (const command of [up, upgrade]) {
    command
      .requiredOption('--dir <folder>', 'its checkpoints, savepoints, settings and log')
      .option('--form <form>', 'process (one JVM) or cluster (session cluster)', form, 'process')
      .option(
        '--upkeep',
        'also maintain and reconcile on their intervals, with /metrics and an alert',
      )
      .option('--sql <file>', 'instead of deploy/flink/lake.sql')
      .option('--heap <mb>', 'heap of its Java, MB', Number, 1_024)
  }
}

export interface EraseOptions {
  readonly tenant: string
  readonly user?: string
  readonly key?: readonly string[]
}

export interface UpOptions {
  readonly dir: string
  readonly form: 'process' | 'cluster'
  readonly fromScratch?: boolean
  readonly upkeep?: boolean
  readonly sql?: string
  readonly heap: number
}
