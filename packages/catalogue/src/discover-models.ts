import { z } from 'zod'
import type { Model, Provider } from './catalogue.ts'
import type { DiscoveredProvider } from './environment-providers.ts'
import type { PriceList } from './price-list.ts'

const OpenAiList = z.object({ data: z.array(z.object({ id: z.string() })) })
const OllamaTags = z.object({ models: z.array(z.object({ name: z.string() })) })

/** Asks a provider which models it has. Throws when it does not answer within `timeoutMs` or not in its dialect. */
export async function discoverModels(
  { provider, priceList }: DiscoveredProvider,
  prices: PriceList,
  timeoutMs: number,
): Promise<Model[]> {
  const ids = await listModelIds(provider, AbortSignal.timeout(timeoutMs))
  return ids.flatMap((id) => {
    const model = environmentModel(provider, id, priceList, prices)
    return model === null ? [] : [model]
  })
}

/** The catalogue row of one model of an environment provider; null when its price is unknown. */
export function environmentModel(
  provider: Provider,
  upstreamModel: string,
  priceList: string | null,
  prices: PriceList,
): Model | null {
  const price = priceList === null ? null : prices(priceList, upstreamModel)
  if (priceList !== null && price === null) return null
  const name = `${provider.name}/${upstreamModel}`
  return { name, provider: provider.name, upstreamModel, price, capabilities: {}, suffixes: false }
}

async function listModelIds(provider: Provider, signal: AbortSignal): Promise<string[]> {
  const ollama = provider.wire === 'ollama'
  const url = ollama
    ? `${provider.baseUrl.replace(/\/api$/, '')}/api/tags`
    : `${provider.baseUrl}/models`
  const key = provider.auth.type === 'none' ? undefined : provider.auth.keys[0]
  const headers: Record<string, string> =
    key === undefined ? {} : { authorization: `Bearer ${key}` }
  const response = await fetch(url, { headers, signal })
  if (!response.ok)
    throw new Error(`${provider.name} answered ${String(response.status)} to its model list`)
  const body: unknown = await response.json()
  return ollama
    ? OllamaTags.parse(body).models.map((model) => model.name.replace(/:latest$/, ''))
    : OpenAiList.parse(body).data.map((model) => model.id)
}
