import { openDatabase } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { type OfflineTenancy, offlineTenancy } from '@sluice/auth/offline'
import { offlineAudit, type RecordOffline } from '@sluice/auth/offline-audit'
import type { Environment } from '@sluice/kernel/env'
import { systemClock } from '@sluice/kernel/clock'
import { createPostgresAuditStore } from '@sluice/store-postgres/postgres-audit-store'
import { createPostgresAuthStore } from '@sluice/store-postgres/postgres-auth-store'
import { openExisting } from './open-existing.ts'

/** Runs `work` on the tenants and keys of the database that the environment names; one is made for what `makes` something alone. */
export async function withTenancy<Result>(
  env: Environment,
  work: (tenancy: OfflineTenancy & { readonly record: RecordOffline }) => Promise<Result>,
  { makes = false }: { readonly makes?: boolean } = {},
): Promise<Result> {
  const config = readAdaptersConfig(env, 0)
  await using database = await (makes ? openDatabase(config) : openExisting(config))
  const store = await createPostgresAuthStore(database)
  const tenancy = offlineTenancy(store, systemClock)
  const record = offlineAudit(await createPostgresAuditStore(database), systemClock)
  return await work({ ...tenancy, record })
}

/** Every page of a list. */
export async function allPages<Item>(
  read: (query: { limit: number; after: string | undefined }) => Promise<{
    readonly data: readonly Item[]
    readonly has_more: boolean
    readonly last_id: string | null
  }>,
): Promise<readonly Item[]> {
  const items: Item[] = []
  for (let after: string | undefined; ;) {
    const page = await read({ limit: 100, after })
    items.push(...page.data)
    if (!page.has_more || page.last_id === null) return items
    after = page.last_id
  }
}
