import type { Environment } from '@sluice/kernel/env'
import type { Alias, Catalogue, Model, Provider } from './catalogue.ts'
import type { ConfigurationFile } from './configuration-file.ts'
import { demoModels, demoProvider } from './demo-models.ts'
import { environmentModel } from './discover-models.ts'
import type { DiscoveredProvider } from './environment-providers.ts'
import { fileModel, fileProvider } from './file-rows.ts'
import type { PriceList } from './price-list.ts'

export interface CatalogueSources {
  readonly file: ConfigurationFile | null
  readonly found: readonly DiscoveredProvider[]
  readonly discovered: readonly Model[]
  /** Names of discovered models whose price nobody knows. */
  readonly unpriced?: readonly string[]
  readonly prices: PriceList
  readonly demoUrl: string | null
  readonly env: Environment
}

/** Merges the sources; where two define the same name, the file wins over the environment, the environment over the demo. */
export function buildCatalogue({
  file,
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
  for (const { provider } of found) providers.set(provider.name, provider)
  for (const model of discovered) models.set(model.name, model)

  for (const row of file?.providers ?? []) {
    if (row.enabled) providers.set(row.name, fileProvider(row))
    else providers.delete(row.name)
  }
  for (const row of file?.models ?? []) {
    const provider = providers.get(row.provider)
    const model = provider && fileModel(row, provider)
    if (model) models.set(row.name, model)
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
  return {
    providers,
    models,
    aliases,
    unlisted,
    unpriced: new Set(unpriced.filter((name) => !models.has(name))),
    defaultModel,
  }
}
