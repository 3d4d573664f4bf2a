import type { Environment } from '@sluice/kernel/env'
import { noStoredRows, type StoredRows } from '@sluice/contracts/rows/stored-rows'
import type { Alias, Catalogue, Model, Provider } from './catalogue.ts'
import type { ConfigurationFile } from './configuration-file.ts'
import { demoModels, demoProvider } from './demo-models.ts'
import { environmentModel } from './discover-models.ts'
import type { DiscoveredProvider } from './environment-providers.ts'
import { storedAuth, tenantRows } from './stored-rows.ts'
import { writtenAuth, writtenModel, writtenProvider } from './written-rows.ts'
import type { PriceList } from './price-list.ts'

export interface CatalogueSources {
  readonly file: ConfigurationFile | null
  readonly stored?: StoredRows
  readonly found: readonly DiscoveredProvider[]
  readonly discovered: readonly Model[]
  /** Names of discovered models whose price nobody knows. */
  readonly unpriced?: readonly string[]
  readonly prices: PriceList
  readonly demoUrl: string | null
  readonly env: Environment
}

/** Merges the sources; where two define the same name, the file wins over the environment, the environment over the database, the database over the demo. */
export function buildCatalogue({
  file,
  stored = noStoredRows,
  found,
  discovered,
  unpriced = [],
  prices,
  demoUrl,
  env,
}: CatalogueSources): Catalogue {
  const providers = new Map<string, Provider>()
  const models = new Map<string, Model>()
  const aliases = new Map<string, Alias>()

  if (demoUrl !== null) {
    const demo = demoProvider(demoUrl)
    providers.set('demo', demo)
    for (const model of demoModels(demo)) models.set(model.name, model)
  }
  for (const { row, auth, tenant, leaseEndsAt } of stored.providers) {
    if (tenant !== null || row.enabled === false) continue
    const origin = leaseEndsAt === null ? 'database' : 'registry'
    providers.set(row.name, writtenProvider(row, storedAuth(auth), { origin }))
  }
  for (const { provider } of found) providers.set(provider.name, provider)
  for (const model of discovered) models.set(model.name, model)

  for (const row of file?.providers ?? []) {
    if (row.enabled === false) providers.delete(row.name)
    else providers.set(row.name, writtenProvider(row, writtenAuth(row.auth), { origin: 'file' }))
  }
  // Once it is known where everything goes: a row may be put to a provider of the environment, to give a model of it a price.
  for (const { row, tenant } of stored.models) {
    const provider = tenant === null ? providers.get(row.provider) : undefined
    const model = provider && writtenModel(row, provider, 'database')
    if (model) models.set(row.name, model)
  }
  for (const row of file?.models ?? []) {
    const provider = providers.get(row.provider)
    const model = provider && writtenModel(row, provider, 'sluice.yaml')
    if (model) models.set(row.name, model)
  }
  for (const { name, row, tenant } of stored.aliases) {
    if (tenant === null && !models.has(name))
      aliases.set(name, { name, model: row.model, maxTokens: row.max_tokens ?? null })
  }
  for (const [name, { model, max_tokens }] of Object.entries(file?.aliases ?? {})) {
    aliases.set(name, { name, model, maxTokens: max_tokens ?? null })
  }

  const priceLists = new Map(found.map(({ provider, priceList }) => [provider.name, priceList]))
  const unlisted = (name: string, upstreamModel: string): Model | null => {
    const provider = providers.get(name)
    const priceList = priceLists.get(name)
    // A vendor's model may be asked for before (or without) its list being read, as long as its price is known.
    if (provider?.origin !== 'environment' || !priceList) return null
    return environmentModel(provider, upstreamModel, priceList, prices)
  }
  const defaultModel = file?.default_model ?? env['DEFAULT_MODEL'] ?? null
  const shared: Omit<Catalogue, 'tenants'> = {
    providers,
    models,
    aliases,
    unlisted,
    unpriced: new Set(unpriced.filter((name) => !models.has(name))),
    defaultModel,
  }
  return { ...shared, tenants: tenantRows(stored, shared) }
}
