import { describe, expect, test } from '@jest/globals'
import { noUsage } from '@sluice/contracts/usage'
import fc from 'fast-check'
import { amountNanoUsd, estimateCost } from './cost.ts'

const price = { input: '1', output: '2' }
const usage = (counts: Partial<typeof noUsage>) => ({ ...noUsage, ...counts })

describe('cost in nano-USD', () => {
  test('USD per million tokens is a thousand nano-USD per token and dollar', () => {
    expect(amountNanoUsd(usage({ input_tokens: 1_000 }), { input: '1', output: '2' })).toBe(
      1_000_000,
    )
    expect(amountNanoUsd(usage({ output_tokens: 1 }), { input: '1', output: '2' })).toBe(2_000)
  })

  test('is rounded half up, once per request', () => {
    const price = { input: '0.0005', output: '0.0005' }
    expect(amountNanoUsd(usage({ input_tokens: 1 }), price)).toBe(1)
    expect(amountNanoUsd(usage({ input_tokens: 1, output_tokens: 1 }), price)).toBe(1)
    expect(amountNanoUsd(usage({ input_tokens: 1 }), { input: '0.0004', output: '0' })).toBe(0)
  })

  test('buckets with a price of their own are taken out of their total', () => {
    const price = { input: '1', output: '2', cached_input: '0.5', reasoning: '3' }
    const counts = {
      input_tokens: 10,
      cached_input_tokens: 4,
      output_tokens: 5,
      reasoning_tokens: 2,
    }
    expect(amountNanoUsd(usage(counts), price)).toBe(6_000 + 2_000 + 6_000 + 6_000)
  })

  test('a bucket larger than its total is never charged negatively', () => {
    const price = { input: '1', output: '1', cached_input: '0' }
    expect(amountNanoUsd(usage({ input_tokens: 1, cached_input_tokens: 5 }), price)).toBe(0)
  })

  test('T52 what is kept in the cache for an hour has a price of its own, else that of other writes', () => {
    const written = {
      ...usage({ input_tokens: 30, cache_write_tokens: 20 }),
      cache_write_1h_tokens: 5,
    }
    const price = { input: '1', output: '1', cache_write: '2' }
    expect(amountNanoUsd(written, price)).toBe(10_000 + 40_000)
    const both = { ...price, cache_write_1h: '3' }
    expect(amountNanoUsd(written, both)).toBe(10_000 + 30_000 + 15_000)
  })

  test('S-137 counts that are none cost nothing, and nothing makes an amount that is negative or inexact', () => {
    const anything = fc.oneof(
      fc.double(),
      fc.constantFrom(-1, 1.5, 2 ** 53, -(2 ** 53), NaN, Infinity),
    )
    const dear = { input: '999999999.999999999999', output: '999999999', cached_input: '0' }
    fc.assert(
      fc.property(anything, anything, anything, anything, anything, (a, b, c, d, e) => {
        const counts = {
          input_tokens: a,
          output_tokens: b,
          cached_input_tokens: c,
          cache_write_tokens: d,
          reasoning_tokens: e,
        }
        const amount = amountNanoUsd({ ...usage(counts), images: c, audio_input_tokens: d }, dear)
        expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true)
      }),
    )
    expect(amountNanoUsd(usage({ input_tokens: -5, output_tokens: 2 }), price)).toBe(4_000)
  })

  test('an estimate is the bill of a call whose answer is as long as it may be', () => {
    const tokens = fc.integer({ min: 0, max: 10_000_000 })
    fc.assert(
      fc.property(tokens, tokens, (input_tokens, output_tokens) => {
        const bill = amountNanoUsd(usage({ input_tokens, output_tokens }), price)
        expect(estimateCost(price, input_tokens, output_tokens)).toBe(bill)
      }),
    )
    // 10,000 calls of exactly 0.00001 USD.
    expect(estimateCost({ input: '0.25', output: '0.75' }, 10, 10)).toBe(10_000)
    expect(estimateCost(null, 10, 10)).toBe(0)
  })

  test('S-137 an estimate of max_tokens beyond all bounds is an amount', () => {
    for (const wanted of [2 ** 53, Number.MAX_VALUE, Infinity, -1, NaN, 0.5]) {
      const amount = estimateCost({ input: '1', output: '999999999' }, 1, wanted)
      expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true)
    }
    expect(estimateCost(price, 0, 2 ** 53)).toBe(estimateCost(price, 0, 100_000_000))
  })

  test('a declared free model costs nothing', () => {
    expect(amountNanoUsd(usage({ input_tokens: 1_000 }), null)).toBe(0)
  })

  test('a price per call is added once', () => {
    expect(amountNanoUsd(noUsage, { input: '1', output: '1', request: '0.01' })).toBe(10_000_000)
  })

  test('equals rational arithmetic for any counts and prices', () => {
    const cents = fc.integer({ min: 0, max: 10_000_000 })
    const tokens = fc.integer({ min: 0, max: 10_000_000 })
    fc.assert(
      fc.property(tokens, tokens, cents, cents, (input, output, inPrice, outPrice) => {
        const text = (value: number) =>
          `${String(Math.floor(value / 10_000))}.${String(value % 10_000).padStart(4, '0')}`
        const exact = BigInt(input) * BigInt(inPrice) + BigInt(output) * BigInt(outPrice)
        const expected = Number((exact + 5n) / 10n)
        const actual = amountNanoUsd(usage({ input_tokens: input, output_tokens: output }), {
          input: text(inPrice),
          output: text(outPrice),
        })
        expect(actual).toBe(expected)
      }),
    )
  })
})
