import type {
  SealedAuth,
  StoredModel,
  StoredProvider,
  StoredRows,
} from '@sluice/contracts/rows/stored-rows'
import type { Alias, Catalogue, Model, Provider, ProviderAuth, TenantRows } from './catalogue.ts'
import { writtenModel, writtenProvider } from './written-rows.ts'

type Shared = Omit<Catalogue, 'tenants'>

export function storedAuth(auth: SealedAuth | null): ProviderAuth {
  return auth === null ? { type: 'none' } : { type: 'sealed', sealed: auth.sealed }
}

/**
 * What each tenant has of its own. A name that is everybody's is not the tenant's any more, and what depends on it goes with it: a model that a
 * tenant priced is never served with a credential of the operator.
 */
export function tenantRows(stored: StoredRows, shared: Shared): ReadonlyMap<string, TenantRows> {
  const names = new Set<string>()
  for (const { tenant } of [...stored.providers, ...stored.models, ...stored.aliases])
    if (tenant !== null) names.add(tenant)
  return new Map(Array.from(names, (tenant) => [tenant, ownRows(tenant, stored, shared)]))
}

function ownRows(tenant: string, stored: StoredRows, shared: Shared): TenantRows {
  const providers = ownProviders(tenant, stored.providers, shared)
  const models = ownModels(tenant, stored.models, providers, shared)
  const aliases = new Map<string, Alias>()
  for (const { tenant: owner, name, row } of stored.aliases) {
    if (owner !== tenant || models.has(name)) continue
    if (!shared.aliases.has(name) && !shared.models.has(name))
      aliases.set(name, { name, model: row.model, maxTokens: row.max_tokens ?? null })
  }
  let view: Catalogue | null = null
  return {
    providers,
    // Made for who asks: most tenants rest most of the time.
    get view() {
      return (view ??= {
        ...shared,
        providers: new Map([...providers, ...shared.providers]),
        models: new Map([...models, ...shared.models]),
        aliases: new Map([...aliases, ...shared.aliases]),
        tenants: new Map(),
      })
    },
  }
}

function ownProviders(
  tenant: string,
  stored: readonly StoredProvider[],
  shared: Shared,
): ReadonlyMap<string, Provider> {
  const providers = new Map<string, Provider>()
  for (const { tenant: owner, row, auth, leaseEndsAt } of stored) {
    if (owner !== tenant || row.enabled === false || shared.providers.has(row.name)) continue
    const origin = leaseEndsAt === null ? 'database' : 'registry'
    providers.set(row.name, writtenProvider(row, storedAuth(auth), { origin, tenant }))
  }
  return providers
}

function ownModels(
  tenant: string,
  stored: readonly StoredModel[],
  providers: ReadonlyMap<string, Provider>,
  shared: Shared,
): ReadonlyMap<string, Model> {
  const models = new Map<string, Model>()
  for (const { tenant: owner, row } of stored) {
    const provider = providers.get(row.provider)
    if (owner !== tenant || !provider) continue
    if (shared.models.has(row.name) || shared.aliases.has(row.name)) continue
    const model = writtenModel(row, provider, 'database')
    if (model) models.set(row.name, model)
  }
  return models
}
