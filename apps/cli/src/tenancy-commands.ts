import { type Command, InvalidArgumentError } from 'commander'
import type { CommandContext } from './command.ts'

type Context = () => CommandContext

const comma = (text: string) => text.split(',').map((part) => part.trim())

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('not a number')
  return value
}

/** `5/day`. */
function budget(text: string): { usd: number; window: string } {
  const [usd = '', window = '', ...more] = text.split('/')
  if (window === '' || more.length > 0)
    throw new InvalidArgumentError('such as 5/day, 100/month or 20/total')
  return { usd: number(usd), window }
}

/** `token` and `tenant`: they work on the database, whether or not the gateway runs (embedded: while it does not). */
export function addTenancyCommands(program: Command, context: Context): void {
  const token = program.command('token').description('API keys')
  token
    .command('create')
    .description('make an API key; it is printed once')
    .requiredOption('--name <name>', 'what people call it')
    .option('--tenant <id>', 'tenant', 'default')
    .option('--project <id>', 'project', 'default')
    .option('--role <role>', 'owner, admin, project_admin, user, viewer or operator', 'user')
    .option('--models <globs>', 'models it may use, with commas', comma)
    .option('--scopes <globs>', 'paths of routes it may call, with commas', comma)
    .option('--ip-allow <ranges>', 'CIDR ranges it may come from, with commas', comma)
    .option('--expires-at <date>', 'ISO 8601 with a time zone')
    .option('--requests-per-minute <n>', 'limit', number)
    .option('--tokens-per-minute <n>', 'limit', number)
    .option('--concurrency <n>', 'calls at once', number)
    .option('--budget <usd/window>', 'such as 5/day, 100/month or 20/total', budget)
    .action(async (options: Record<string, unknown>) => {
      const { createToken } = await import('./tokens.ts')
      await createToken(context(), options)
    })
  token
    .command('list')
    .description('the API keys of a tenant, without the keys')
    .option('--tenant <id>', 'tenant', 'default')
    .action(async ({ tenant }: { tenant: string }) => {
      const { listTokens } = await import('./tokens.ts')
      await listTokens(context(), tenant)
    })
  token
    .command('revoke <id>')
    .description('refuse an API key everywhere, within five seconds')
    .option('--tenant <id>', 'tenant', 'default')
    .option('--with-made', 'also the keys that were made with it, and with those', false)
    .action(async (id: string, options: { tenant: string; withMade: boolean }) => {
      const { revokeToken } = await import('./tokens.ts')
      await revokeToken(context(), options.tenant, id, options)
    })
  const tenants = program.command('tenant').description('tenants')
  tenants
    .command('create <id>')
    .description('make a tenant; the key of its owner is printed once')
    .option('--name <name>', 'what people call it')
    .option('--tier <name>', 'licence tier (default: enterprise)')
    .action(async (id: string, options: { name?: string; tier?: string }) => {
      const { createTenant } = await import('./tenants.ts')
      await createTenant(context(), { id, ...options })
    })
  tenants
    .command('list')
    .description('all tenants')
    .action(async () => {
      const { listTenants } = await import('./tenants.ts')
      await listTenants(context())
    })
}
