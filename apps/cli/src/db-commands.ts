import type { Command } from 'commander'
import type { CommandContext } from './command.ts'

export function addDatabaseCommands(program: Command, context: () => CommandContext): void {
  program
    .command('db')
    .description('the database')
    .command('status')
    .description("each schema's migrations, applied and pending; exit code 1 when one is pending")
    .action(async () => {
      const { showDatabase } = await import('./db-status.ts')
      await showDatabase(context())
    })
}
