import type { Price } from '@sluice/contracts/price'
import { noUsage, type ReportedUsage } from '@sluice/contracts/usage'

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
  const input = count(usage.input_tokens)
  const output = count(usage.output_tokens)
  const cached = Math.min(count(usage.cached_input_tokens), input)
  const written = Math.min(count(usage.cache_write_tokens), input - cached)
  const hourly = Math.min(count(usage.cache_write_1h_tokens), written)
  const reasoning = Math.min(count(usage.reasoning_tokens), output)
  const fresh = input - cached - written
  const heard = Math.min(count(usage.audio_input_tokens), fresh)
  const spoken = Math.min(count(usage.audio_output_tokens), output - reasoning)
  const total =
    BigInt(fresh - heard) * units(price.input) +
    BigInt(heard) * units(price.audio_input ?? price.input) +
    BigInt(cached) * units(price.cached_input ?? price.input) +
    BigInt(written - hourly) * units(price.cache_write ?? price.input) +
    BigInt(hourly) * units(price.cache_write_1h ?? price.cache_write ?? price.input) +
    BigInt(output - reasoning - spoken) * units(price.output) +
    BigInt(spoken) * units(price.audio_output ?? price.output) +
    BigInt(reasoning) * units(price.reasoning ?? price.output) +
    // USD per call and per picture, not per million.
    (price.request === undefined ? 0n : units(price.request) * 1_000_000n) +
    (price.image === undefined ? 0n : BigInt(count(usage.images)) * units(price.image) * 1_000_000n)
  return bounded((total + perNanoUsd / 2n) / perNanoUsd)
}

/** A provider may say anything: what is no count charges nobody, and credits nobody. */
function count(tokens: number | undefined): number {
  return tokens !== undefined && tokens > 0 && Number.isSafeInteger(tokens) ? tokens : 0
}

/** More than any call costs, and as much as every program counts exactly: 9 million USD. Prices and counts that make more are not true. */
function bounded(nanoUsd: bigint): number {
  const value = Number(nanoUsd)
  return value > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : value
}

/** No call is estimated at more, whatever its caller asks for: a price of any size stays an amount, and `max_tokens` of 2⁵³ is no overflow. */
const maxEstimatedTokens = 100_000_000

/**
 * What a call may cost before anything is known but the length of its question and the limit on its answer: by the formula and the rounding of its
 * bill, as if nothing of it were cached and the answer were as long as it may be. So a call that is answered to its limit costs its estimate.
 */
export function estimateCost(price: Price | null, inputTokens: number, maxTokens: number): number {
  const tokens = (count: number) => Math.min(Math.max(0, Math.ceil(count) || 0), maxEstimatedTokens)
  return amountNanoUsd(
    { ...noUsage, input_tokens: tokens(inputTokens), output_tokens: tokens(maxTokens) },
    price,
  )
}
