import { Command, CommanderError } from 'commander'
import type { Environment } from '@sluice/kernel/env'
import { fromUnknown, kernelErrors } from '@sluice/kernel/errors'
import { type CommandContext, exitCode, exitCodeOf } from './command.ts'
import type { ApplyTopicsOptions } from './apply-topics.ts'
import { addConfigCommands } from './config-commands.ts'
import { addDatabaseCommands } from './db-commands.ts'
import { addGatewayCommands } from './gateway-commands.ts'
import { addLakeCommands } from './lake-commands.ts'
import { addTenancyCommands } from './tenancy-commands.ts'
import { addUserCommands } from './user-commands.ts'
import { addUsageCommands } from './usage-commands.ts'

export interface CliOutput {
  readonly out: (text: string) => void
  readonly error: (text: string) => void
  /** Resolves when the process is told to end. Whoever calls it ends in good order by itself. */
  readonly untilInterrupted?: () => Promise<void>
}

/** Every command. What they do is loaded when they are called. */
export function createProgram(env: Environment, output: CliOutput): Command {
  const program = new Command('sluice')
    .description(
      'Operate Sluice: ask a gateway how it is, change its settings, look after its stores.',
    )
    .option('--json', 'print results as JSON')
    .showHelpAfterError('sluice --help lists the commands')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        output.out(text.trimEnd())
      },
      writeErr: (text) => {
        output.error(text.trimEnd())
      },
    })
  const context = (): CommandContext => ({
    env,
    json: Boolean(program.opts()['json']),
    out: output.out,
    untilInterrupted: output.untilInterrupted ?? (() => new Promise(() => undefined)),
  })

  program
    .command('check-config')
    .description('print every problem of sluice.yaml and of the environment, with its line')
    .action(async () => {
      const { checkConfig } = await import('./check-config.ts')
      checkConfig(context())
    })
  program
    .command('migrate')
    .description("bring the database to this version's tables")
    .option('--down-to <version>', 'undo every schema’s migrations above this number', Number)
    .action(async (options: { downTo?: number }) => {
      const { migrateSchemas } = await import('./migrate.ts')
      await migrateSchemas(context(), options.downTo ?? null)
    })
  program
    .command('keygen')
    .description('make a key for AUTH_TOKEN or sluice.yaml')
    .action(async () => {
      const { keygen } = await import('./keygen.ts')
      keygen(context())
    })
  program
    .command('secrets')
    .description('credentials that the database keeps')
    .command('rotate')
    .description('encrypt all of them with ENCRYPTION_KEY, and say what is left of earlier keys')
    .action(async () => {
      const { rotateSecrets } = await import('./rotate-secrets.ts')
      await rotateSecrets(context())
    })
  addGatewayCommands(program, context)
  addConfigCommands(program, context)
  addDatabaseCommands(program, context)
  addTenancyCommands(program, context)
  addUserCommands(program, context)
  addUsageCommands(program, context)
  addLakeCommands(program, context)
  const topics = program.command('topics').description('the event log’s topics')
  topics
    .command('apply')
    .description(
      'create the topics that are missing, with the partitions and retention of their contracts',
    )
    .option('--dry-run', 'only say what is missing or other than agreed; exit code 3 when there is')
    .option('--update', 'also set retention, clean-up and record size where they differ')
    .action(async (options: ApplyTopicsOptions) => {
      const { applyTopics } = await import('./apply-topics.ts')
      await applyTopics(context(), options)
    })
  return program
}

/** Runs one `sluice …` line and returns its exit code. */
export async function runCli(
  args: readonly string[],
  env: Environment,
  output: CliOutput,
): Promise<number> {
  try {
    await createProgram(env, output).parseAsync([...args], { from: 'user' })
    return exitCode.done
  } catch (thrown) {
    if (thrown instanceof CommanderError)
      return thrown.exitCode === 0 ? exitCode.done : exitCode.invalid
    const error = fromUnknown(thrown)
    output.error(
      error.code === kernelErrors.internal_error.code ? String(error.cause) : error.message,
    )
    return exitCodeOf(error.code)
  }
}
