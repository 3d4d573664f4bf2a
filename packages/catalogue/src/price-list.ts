import type { Price } from '@sluice/contracts/price'

/** Looks prices up in the bundled list; null = unknown, and then the model is not routable. */
export type PriceList = (provider: string, model: string) => Price | null

/** USD per million tokens, or a table of tiers by prompt length. */
type ListedPrice = number | { base: number } | undefined

/** Loaded only when a provider key is there: the list is 2 MB that the demo and a priced sluice.yaml never need. */
export async function loadPriceList(): Promise<PriceList> {
  const { calcPrice } = await import('@pydantic/genai-prices')
  return (provider, model) => {
    const found = calcPrice({ input_tokens: 0 }, model, { providerId: provider })
    if (!found) return null
    const { input_mtok, output_mtok, cache_read_mtok, cache_write_mtok } = found.model_price
    const [input, output] = [decimal(input_mtok), decimal(output_mtok)]
    if (input === undefined || output === undefined) return null
    const cached_input = decimal(cache_read_mtok)
    const cache_write = decimal(cache_write_mtok)
    return {
      input,
      output,
      ...(cached_input === undefined ? {} : { cached_input }),
      ...(cache_write === undefined ? {} : { cache_write }),
    }
  }
}

/** Of a tiered price, the base tier: tiers by prompt length are not billed yet. */
function decimal(price: ListedPrice): string | undefined {
  const value = typeof price === 'object' ? price.base : price
  if (value === undefined) return undefined
  return value.toFixed(12).replace(/\.?0+$/, '')
}
