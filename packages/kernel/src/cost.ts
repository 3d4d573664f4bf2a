import type { Price } from '@sluice/contracts/price'
import type { ReportedUsage } from '@sluice/contracts/usage'

/** Decimal places kept of a price: 10⁻¹² USD per million tokens. */
const scale = 12
const parsed = new Map<string, bigint>()

/** `"0.15"` → 150000000000n, exact. */
function units(decimal: string): bigint {
  const known = parsed.get(decimal)
  if (known !== undefined) return known
  const [whole = '0', fraction = ''] = decimal.split('.')
  const value = BigInt(whole + fraction.padEnd(scale, '0'))
  // Prices are few; the bound only guards against a catalogue that changes for ever.
  if (parsed.size > 10_000) parsed.clear()
  parsed.set(decimal, value)
  return value
}

/** USD per million tokens at 10⁻¹² USD, times tokens, is USD at 10⁻¹⁸; one nano-USD is 10⁹ of those. */
const perNanoUsd = 10n ** 9n

/**
 * What a generation costs, in integer nano-USD: exact decimal prices × tokens, rounded half up once per request. A bucket without a price of
 * its own is charged at the base price of its side.
 */
export function amountNanoUsd(usage: ReportedUsage, price: Price | null): number {
  if (price === null) return 0
  const cached = Math.min(usage.cached_input_tokens, usage.input_tokens)
  const written = Math.min(usage.cache_write_tokens, usage.input_tokens - cached)
  const hourly = Math.min(usage.cache_write_1h_tokens ?? 0, written)
  const reasoning = Math.min(usage.reasoning_tokens, usage.output_tokens)
  const fresh = usage.input_tokens - cached - written
  const heard = Math.min(usage.audio_input_tokens ?? 0, fresh)
  const spoken = Math.min(usage.audio_output_tokens ?? 0, usage.output_tokens - reasoning)
  const total =
    BigInt(fresh - heard) * units(price.input) +
    BigInt(heard) * units(price.audio_input ?? price.input) +
    BigInt(cached) * units(price.cached_input ?? price.input) +
    BigInt(written - hourly) * units(price.cache_write ?? price.input) +
    BigInt(hourly) * units(price.cache_write_1h ?? price.cache_write ?? price.input) +
    BigInt(usage.output_tokens - reasoning - spoken) * units(price.output) +
    BigInt(spoken) * units(price.audio_output ?? price.output) +
    BigInt(reasoning) * units(price.reasoning ?? price.output) +
    // USD per call and per picture, not per million.
    (price.request === undefined ? 0n : units(price.request) * 1_000_000n) +
    (price.image === undefined ? 0n : BigInt(usage.images ?? 0) * units(price.image) * 1_000_000n)
  return Number((total + perNanoUsd / 2n) / perNanoUsd)
}
