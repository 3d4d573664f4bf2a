import { wholeList } from '@sluice/contracts/http/paging'
import { NewToken } from '@sluice/contracts/http/routes/tokens'
import { checkCall } from './check-call.ts'
import { type CommandContext, print } from './command.ts'
import { allPages, withTenancy } from './open-tenancy.ts'

export async function createToken(
  context: CommandContext,
  given: Readonly<Record<string, unknown>>,
): Promise<void> {
  const tenant = String(given['tenant'])
  const asked = checkCall(NewToken, {
    name: given['name'],
    project: given['project'],
    role: given['role'],
    models: given['models'],
    scopes: given['scopes'],
    ip_allow: given['ipAllow'],
    expires_at: given['expiresAt'],
    limits: {
      requests_per_minute: given['requestsPerMinute'],
      tokens_per_minute: given['tokensPerMinute'],
      concurrency: given['concurrency'],
    },
    budget: given['budget'],
  })
  const { id, key } = await withTenancy(
    context.env,
    async ({ tokens, operatorOf, record }) => {
      const made = await tokens.create(await operatorOf(tenant, asked.project ?? 'default'), asked)
      await record(tenant, 'cli.tokens.create', { target: `token:${made.id}`, after: made.view })
      return made
    },
    { makes: true },
  )
  print(context, { id, key }, key)
}

export async function listTokens(context: CommandContext, tenant: string): Promise<void> {
  const data = await withTenancy(context.env, async ({ tokens, operatorOf }) => {
    const operator = await operatorOf(tenant, 'default')
    return allPages((query) => tokens.list(operator, query))
  })
  const lines = data.map(({ id, name, project, role, revoked_at: revokedAt }) =>
    [id, name, project, role, revokedAt === null ? 'live' : 'revoked'].join('\t'),
  )
  print(context, wholeList(data), lines.join('\n'))
}

export async function revokeToken(
  context: CommandContext,
  tenant: string,
  id: string,
  { withMade }: { readonly withMade: boolean },
): Promise<void> {
  const revoked = await withTenancy(context.env, async ({ tokens, operatorOf, record }) => {
    const after = await tokens.revoke(await operatorOf(tenant, 'default'), id, { withMade })
    await record(tenant, 'cli.tokens.revoke', { target: `token:${id}`, after })
    return after
  })
  const lines = [id, ...revoked.made].map((each) => `${each} is revoked`)
  print(context, revoked, lines.join('\n'))
}
