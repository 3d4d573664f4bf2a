import type { Price } from '@sluice/contracts/price'

/** Looks prices up in the bundled list; null = unknown, and then the model is not routable. */
export type PriceList = (provider: string, model: string) => Price | null

/** The release whose prices these are: what a bill made from them can be checked against. */
export const priceListSource = 'genai-prices 0.1.8'

/** USD per million tokens, or a table of tiers by prompt length. */
type ListedPrice = number | { base: number } | undefined

/** Loaded only when a provider key is there: the list is 2 MB that the demo and a priced sluice.yaml never need. */
export async function loadPriceList(): Promise<PriceList> {
  const { calcPrice } = await import('@pydantic/genai-prices')
  return (provider, model) => {
    const found = calcPrice({ input_tokens: 0 }, model, { providerId: provider })
    if (!found) return null
    const listed = found.model_price
    const [input, output] = [decimal(listed['input_mtok']), decimal(listed['output_mtok'])]
    if (input === undefined || output === undefined) return null
    const parts = {
      cached_input: decimal(listed['cache_read_mtok']),
      cache_write: decimal(listed['cache_write_mtok']),
      cache_write_1h: hourlyCacheWrite(provider, listed['input_mtok']),
      audio_input: decimal(listed['input_audio_mtok']),
      audio_output: decimal(listed['output_audio_mtok']),
      request: perCall(listed['requests_kcount']),
    }
    const known = Object.entries(parts).filter(([, price]) => price !== undefined)
    return { input, output, ...Object.fromEntries(known) }
  }
}

/** The list lacks it: at Anthropic twice the base input price (platform.claude.com/docs/en/build-with-claude/prompt-caching, 2026-11-21). */
function hourlyCacheWrite(provider: string, input: ListedPrice): string | undefined {
  const base = typeof input === 'object' ? input.base : input
  return provider === 'anthropic' && base !== undefined ? decimal(base * 2) : undefined
}

/** Of a tiered price, the base tier: tiers by prompt length are not billed yet. */
function decimal(price: ListedPrice): string | undefined {
  const value = typeof price === 'object' ? price.base : price
  if (value === undefined) return undefined
  return value.toFixed(12).replace(/\.?0+$/, '')
}

/** The list counts calls by the thousand. */
function perCall(price: ListedPrice): string | undefined {
  const value = typeof price === 'object' ? price.base : price
  return value === undefined ? undefined : decimal(value / 1_000)
}
