import { wholeList } from '@sluice/contracts/http/paging'
import { openDatabase } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { type OfflineAccounts, offlineAccounts } from '@sluice/auth/offline-accounts'
import { offlineAudit, type RecordOffline } from '@sluice/auth/offline-audit'
import { Role } from '@sluice/contracts/access'
import { systemClock } from '@sluice/kernel/clock'
import { createPostgresAccountStore } from '@sluice/store-postgres/postgres-account-store'
import { createPostgresAuditStore } from '@sluice/store-postgres/postgres-audit-store'
import { createPostgresAuthStore } from '@sluice/store-postgres/postgres-auth-store'
import { z } from 'zod'
import { checkCall } from './check-call.ts'
import { type CommandContext, print } from './command.ts'
import { openExisting } from './open-existing.ts'

const NewUser = z.object({
  tenant: z.string().min(1),
  email: z.email(),
  name: z.string().min(1).max(100),
  role: Role,
})

async function withAccounts<Result>(
  { env }: CommandContext,
  work: (accounts: OfflineAccounts, record: RecordOffline) => Promise<Result>,
  { makes = false }: { readonly makes?: boolean } = {},
): Promise<Result> {
  const config = readAdaptersConfig(env, 0)
  await using database = await (makes ? openDatabase(config) : openExisting(config))
  const identity = await createPostgresAuthStore(database)
  const accounts = offlineAccounts(identity, createPostgresAccountStore(identity), systemClock)
  const record = offlineAudit(await createPostgresAuditStore(database), systemClock)
  return await work(accounts, record)
}

export async function createUser(
  context: CommandContext,
  given: Readonly<Record<string, unknown>>,
): Promise<void> {
  const asked = checkCall(NewUser, { ...given, name: given['name'] ?? given['email'] })
  const made = await withAccounts(
    context,
    async (accounts, record) => {
      const user = await accounts.create(asked)
      const after = { role: asked.role, status: 'active' }
      await record(asked.tenant, 'cli.users.create', { target: `user:${user.id}`, after })
      return user
    },
    { makes: true },
  )
  print(context, made, `${made.id}\npassword: ${made.password}`)
}

export async function listUsers(context: CommandContext, tenant: string): Promise<void> {
  const data = await withAccounts(context, (accounts) => accounts.list(tenant))
  const lines = data.map(({ id, email, role, status, origin }) =>
    [id, email, role, status, origin].join('\t'),
  )
  print(context, wholeList(data), lines.join('\n'))
}

export async function disableUser(
  context: CommandContext,
  tenant: string,
  email: string,
): Promise<void> {
  const { id, status } = await withAccounts(context, async (accounts, record) => {
    const user = await accounts.disable(tenant, email)
    const after = { status: user.status }
    await record(tenant, 'cli.users.disable', { target: `user:${user.id}`, after })
    return user
  })
  print(context, { id, status }, `${email} is disabled`)
}

export async function resetPassword(
  context: CommandContext,
  tenant: string,
  email: string,
): Promise<void> {
  const made = await withAccounts(context, async (accounts, record) => {
    const user = await accounts.resetPassword(tenant, email)
    await record(tenant, 'cli.users.reset-password', { target: `user:${user.id}` })
    return user
  })
  print(context, made, `password: ${made.password}`)
}
