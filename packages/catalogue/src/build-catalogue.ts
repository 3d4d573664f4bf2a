import type { Environment } from '@sluice/kernel/env'
import { abortStopsBilling } from './abort-billing.ts'
import type { Alias, Catalogue, Model, Provider, ProviderAuth } from './catalogue.ts'
import type { ConfigurationFile } from './configuration-file.ts'
import { demoModels, demoProvider } from './demo-models.ts'
import { environmentModel } from './discover-models.ts'
import type { DiscoveredProvider } from './environment-providers.ts'
import type { PriceList } from './price-list.ts'

export interface CatalogueSources {
  readonly file: ConfigurationFile | null
  readonly found: readonly DiscoveredProvider[]
  readonly discovered: readonly Model[]
  readonly prices: PriceList
  readonly demoUrl: string | null
  readonly env: Environment
}

/** Merges the sources; where two define the same name, the file wins over the environment, the environment over the demo. */
export function buildCatalogue({
  file,
  found,
  discovered,
  prices,
  demoUrl,
  env,
}: CatalogueSources): Catalogue {
  const providers = new Map<string, Provider>()
  const models = new Map<string, Model>()
  const aliases = new Map<string, Alias>()

  if (demoUrl !== null) {
    providers.set('demo', demoProvider(demoUrl))
    for (const model of demoModels()) models.set(model.name, model)
  }
  for (const { provider } of found) providers.set(provider.name, provider)
  for (const model of discovered) models.set(model.name, model)

  for (const row of file?.providers ?? []) {
    providers.set(row.name, {
      name: row.name,
      wire: row.wire,
      baseUrl: row.base_url.replace(/\/+$/, ''),
      auth: providerAuth(row.auth),
      forwardHeaders: row.forward_headers,
      abortStopsBilling: row.options.abort_stops_billing ?? abortStopsBilling(row.base_url),
      pool: row.pool,
      origin: 'file',
    })
  }
  for (const row of file?.models ?? []) {
    if (row.price === undefined) continue
    models.set(row.name, {
      name: row.name,
      provider: row.provider,
      upstreamModel: row.upstream_model ?? row.name,
      price: row.price === 'free' ? null : row.price,
      capabilities: row.capabilities,
      suffixes: false,
    })
  }
  for (const [name, { model, max_tokens }] of Object.entries(file?.aliases ?? {})) {
    aliases.set(name, { name, model, maxTokens: max_tokens ?? null })
  }

  const priceLists = new Map(found.map(({ provider, priceList }) => [provider.name, priceList]))
  const unlisted = (providerName: string, upstreamModel: string): Model | null => {
    const provider = providers.get(providerName)
    const priceList = priceLists.get(providerName)
    // A vendor's model may be asked for before (or without) its list being read, as long as its price is known.
    if (provider?.origin !== 'environment' || !priceList) return null
    return environmentModel(provider, upstreamModel, priceList, prices)
  }
  const defaultModel = file?.default_model ?? env['DEFAULT_MODEL'] ?? null
  return { providers, models, aliases, unlisted, defaultModel }
}

function providerAuth(auth: ConfigurationFile['providers'][number]['auth']): ProviderAuth {
  if (auth.type === 'none') return { type: 'none' }
  const keys = typeof auth.key === 'string' ? [auth.key] : auth.key
  return auth.type === 'bearer'
    ? { type: 'bearer', keys }
    : { type: 'header', header: auth.type, keys }
}
