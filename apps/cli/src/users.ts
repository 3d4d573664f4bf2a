import { openDatabase } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { type OfflineAccounts, offlineAccounts } from '@sluice/auth/offline-accounts'
import { Role } from '@sluice/contracts/access'
import { systemClock } from '@sluice/kernel/clock'
import { createPostgresAccountStore } from '@sluice/store-postgres/postgres-account-store'
import { createPostgresAuthStore } from '@sluice/store-postgres/postgres-auth-store'
import { z } from 'zod'
import { checkCall } from './check-call.ts'
import { type CommandContext, print } from './command.ts'

const NewUser = z.object({
  tenant: z.string().min(1),
  email: z.email(),
  name: z.string().min(1).max(100),
  role: Role,
})

async function withAccounts<Result>(
  { env }: CommandContext,
  work: (accounts: OfflineAccounts) => Promise<Result>,
): Promise<Result> {
  await using database = await openDatabase(readAdaptersConfig(env, 0))
  const identity = await createPostgresAuthStore(database)
  return await work(offlineAccounts(identity, createPostgresAccountStore(database), systemClock))
}

export async function createUser(
  context: CommandContext,
  given: Readonly<Record<string, unknown>>,
): Promise<void> {
  const asked = checkCall(NewUser, { ...given, name: given['name'] ?? given['email'] })
  const made = await withAccounts(context, (accounts) => accounts.create(asked))
  print(context, made, `${made.id}\npassword: ${made.password}`)
}

export async function listUsers(context: CommandContext, tenant: string): Promise<void> {
  const data = await withAccounts(context, (accounts) => accounts.list(tenant))
  const lines = data.map(({ id, email, role, status, origin }) =>
    [id, email, role, status, origin].join('\t'),
  )
  print(context, { data }, lines.join('\n'))
}

export async function disableUser(
  context: CommandContext,
  tenant: string,
  email: string,
): Promise<void> {
  const { id, status } = await withAccounts(context, (accounts) => accounts.disable(tenant, email))
  print(context, { id, status }, `${email} is disabled`)
}

export async function resetPassword(
  context: CommandContext,
  tenant: string,
  email: string,
): Promise<void> {
  const made = await withAccounts(context, (accounts) => accounts.resetPassword(tenant, email))
  print(context, made, `password: ${made.password}`)
}
