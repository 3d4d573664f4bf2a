import { z } from 'zod'
import type { Model, Provider } from './catalogue.ts'
import type { DiscoveredProvider } from './environment-providers.ts'
import { type PriceList, priceListSource } from './price-list.ts'
import { modelRow } from './rows.ts'

export interface Discovery {
  readonly models: readonly Model[]
  /** Names of those that are not served, since nobody knows their price. */
  readonly unpriced: readonly string[]
}

/** Asks a provider which models it has. Throws when it does not answer within `timeoutMs` or not in its dialect. */
export async function discoverModels(
  { provider, priceList, list }: DiscoveredProvider,
  prices: PriceList,
  timeoutMs: number,
): Promise<Discovery> {
  const lister = list === null ? undefined : lists[list]
  if (lister === undefined) return { models: [], unpriced: [] }
  const signal = AbortSignal.timeout(timeoutMs)
  const response = await fetch(lister.url(provider.baseUrl), {
    headers: credential(provider),
    signal,
  })
  if (!response.ok)
    throw new Error(`${provider.name} answered ${String(response.status)} to its model list`)
  const models: Model[] = []
  const unpriced: string[] = []
  for (const id of lister.ids(await response.json())) {
    const model = environmentModel(provider, id, priceList, prices)
    if (model === null) unpriced.push(`${provider.name}/${id}`)
    else models.push(model)
  }
  return { models, unpriced }
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
  const priceSource = priceList === null ? 'a server of your own' : priceListSource
  return modelRow(provider, {
    name: `${provider.name}/${upstreamModel}`,
    upstreamModel,
    price,
    priceSource,
  })
}

/** How vendors are asked for their models. */
export type ModelListKind = keyof typeof lists

const OpenAiList = z.object({ data: z.array(z.object({ id: z.string() })) })
const GeminiList = z.object({
  models: z.array(
    z.object({ name: z.string(), supportedGenerationMethods: z.array(z.string()).nullish() }),
  ),
})
const OllamaTags = z.object({ models: z.array(z.object({ name: z.string() })) })

const lists = {
  openai: {
    url: (baseUrl: string) => `${baseUrl}/models`,
    ids: (body: unknown) => OpenAiList.parse(body).data.map(({ id }) => id),
  },
  anthropic: {
    url: (baseUrl: string) => `${baseUrl.replace(/\/v1$/, '')}/v1/models?limit=1000`,
    ids: (body: unknown) => OpenAiList.parse(body).data.map(({ id }) => id),
  },
  gemini: {
    url: (baseUrl: string) => `${baseUrl.replace(/\/v1beta$/, '')}/v1beta/models?pageSize=1000`,
    ids: (body: unknown) =>
      GeminiList.parse(body)
        .models.filter(
          ({ supportedGenerationMethods: methods }) =>
            !methods || methods.includes('generateContent') || methods.includes('embedContent'),
        )
        .map(({ name }) => name.replace(/^models\//, '')),
  },
  ollama: {
    url: (baseUrl: string) => `${baseUrl.replace(/\/api$/, '')}/api/tags`,
    ids: (body: unknown) =>
      OllamaTags.parse(body).models.map(({ name }) => name.replace(/:latest$/, '')),
  },
}

/** Model lists are asked for with a key; where a token or a signature is wanted, nothing is asked for. */
function credential({ auth, wire, headers }: Provider): Record<string, string> {
  const version = wire === 'anthropic-messages' ? { 'anthropic-version': '2023-06-01' } : {}
  const common = { ...headers, ...version }
  if (auth.type !== 'bearer' && auth.type !== 'header') return common
  const [key = ''] = auth.keys
  return auth.type === 'bearer'
    ? { ...common, authorization: `Bearer ${key}` }
    : { ...common, [auth.header]: key }
}
