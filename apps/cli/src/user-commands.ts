import type { Command } from 'commander'
import type { CommandContext } from './command.ts'

interface Whom {
  readonly tenant: string
  readonly email: string
}

/** `user`: works on the database, whether or not the gateway runs (embedded: while it does not). */
export function addUserCommands(program: Command, context: () => CommandContext): void {
  const user = program.command('user').description('people who sign in')
  user
    .command('create')
    .description('make an account; its password is made and printed once')
    .requiredOption('--email <address>', 'what they sign in with')
    .option('--tenant <id>', 'tenant', 'default')
    .option('--name <name>', 'what people call them (default: the address)')
    .option('--role <role>', 'owner, admin, project_admin, user, viewer or operator', 'user')
    .action(async (options: Record<string, unknown>) => {
      const { createUser } = await import('./users.ts')
      await createUser(context(), options)
    })
  user
    .command('list')
    .description('the people of a tenant')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async ({ tenant }: { tenant: string }) => {
      const { listUsers } = await import('./users.ts')
      await listUsers(context(), tenant)
    })
  user
    .command('disable')
    .description('sign somebody out everywhere, within five seconds, and keep them out')
    .requiredOption('--email <address>', 'whom')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async ({ tenant, email }: Whom) => {
      const { disableUser } = await import('./users.ts')
      await disableUser(context(), tenant, email)
    })
  user
    .command('reset-password')
    .description('a new password, made and printed once; every session ends')
    .requiredOption('--email <address>', 'whose')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async ({ tenant, email }: Whom) => {
      const { resetPassword } = await import('./users.ts')
      await resetPassword(context(), tenant, email)
    })
}
