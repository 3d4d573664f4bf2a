import { createHash } from 'node:crypto'
import { Price } from '@sluice/contracts/price'

/** In this order everywhere, so that equal prices have one text. */
const fields = Object.keys(Price.shape) as (keyof Price)[]

/** Ids by what makes a price: prices are few, bills are many. */
const ids = new Map<string, number>()

/**
 * Names a price by its content: two processes that see it for the first time name it alike, and what an id means never changes. 52 bits, so that it is a
 * safe integer: among 10,000 prices two share an id with a chance of 1 in 90 million.
 */
export function priceId(price: Price): number {
  let content = ''
  for (const field of fields) content += `${price[field] ?? ''}|`
  const known = ids.get(content)
  if (known !== undefined) return known
  const digest = createHash('sha256').update(content).digest('hex')
  const id = Number.parseInt(digest.slice(0, 13), 16)
  // Only guards against prices that change for ever.
  if (ids.size > 10_000) ids.clear()
  ids.set(content, id)
  return id
}

/** As it lies in `usage.prices`. */
export function priceText(price: Price): string {
  return JSON.stringify(Object.fromEntries(fields.map((field) => [field, price[field]])))
}
