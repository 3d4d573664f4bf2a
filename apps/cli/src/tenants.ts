import { wholeList } from '@sluice/contracts/http/paging'
import { NewTenant } from '@sluice/contracts/http/routes/tenants'
import { checkCall } from './check-call.ts'
import { type CommandContext, print } from './command.ts'
import { allPages, withTenancy } from './open-tenancy.ts'

export async function createTenant(
  context: CommandContext,
  given: { readonly id: string; readonly name?: string; readonly tier?: string },
): Promise<void> {
  const asked = checkCall(NewTenant, given)
  const { view, keyId, key } = await withTenancy(
    context.env,
    async ({ tenants, record }) => {
      const made = await tenants.create(asked)
      const { id } = made.view
      await record(id, 'cli.tenants.create', { target: `tenant:${id}`, after: made.view })
      return made
    },
    { makes: true },
  )
  print(context, { ...view, key_id: keyId, key }, key)
}

export async function listTenants(context: CommandContext): Promise<void> {
  const data = await withTenancy(context.env, ({ tenants }) =>
    allPages((query) => tenants.list(query)),
  )
  const lines = data.map(({ id, name, status, tier }) => [id, name, status, tier].join('\t'))
  print(context, wholeList(data), lines.join('\n'))
}
