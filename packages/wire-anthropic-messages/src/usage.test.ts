import { describe, expect, test } from '@jest/globals'
import { decodeUsage, mergeUsage } from './decode-usage.ts'
import { encodeUsage } from './encode-usage.ts'

describe('usage of Anthropic', () => {
  test('T52 tokens of the cache lie outside input_tokens, in two lifetimes', () => {
    const usage = decodeUsage({
      input_tokens: 2,
      cache_creation_input_tokens: 10_408,
      cache_read_input_tokens: 14_265,
      cache_creation: { ephemeral_5m_input_tokens: 408, ephemeral_1h_input_tokens: 10_000 },
      output_tokens: 7,
    })
    expect(usage).toEqual({
      input_tokens: 24_675,
      output_tokens: 7,
      cached_input_tokens: 14_265,
      cache_write_tokens: 10_408,
      cache_write_1h_tokens: 10_000,
      reasoning_tokens: 0,
      estimated: false,
    })
    expect(encodeUsage(usage)).toEqual({
      input_tokens: 2,
      cache_creation_input_tokens: 10_408,
      cache_read_input_tokens: 14_265,
      cache_creation: { ephemeral_5m_input_tokens: 408, ephemeral_1h_input_tokens: 10_000 },
      output_tokens: 7,
    })
  })

  test('T52 counts of OpenAI, where the cache lies inside, come out disjoint', () => {
    const usage = {
      input_tokens: 100,
      output_tokens: 5,
      cached_input_tokens: 60,
      cache_write_tokens: 0,
      reasoning_tokens: 2,
      estimated: false,
    }
    expect(encodeUsage(usage)).toEqual({
      input_tokens: 40,
      cache_read_input_tokens: 60,
      cache_creation_input_tokens: 0,
      output_tokens: 5,
      output_tokens_details: { thinking_tokens: 2 },
    })
    expect(decodeUsage(encodeUsage(usage))).toEqual(usage)
  })

  test('T53 what compaction consumed counts, once', () => {
    const turn = (type: string, input: number, output: number) => ({
      type,
      input_tokens: input,
      output_tokens: output,
    })
    const usage = decodeUsage({
      input_tokens: 23_000,
      output_tokens: 1000,
      cache_read_input_tokens: 50,
      iterations: [turn('compaction', 180_000, 3500), turn('message', 23_000, 1000)],
    })
    expect(usage).toMatchObject({
      input_tokens: 203_050,
      output_tokens: 4500,
      cached_input_tokens: 50,
    })
  })

  test('T50 merged counts replace; null says nothing', () => {
    const before = mergeUsage(null, { input_tokens: 10, output_tokens: 1 })
    const after = mergeUsage(before, { input_tokens: null, output_tokens: 8 })
    expect(decodeUsage(after)).toMatchObject({ input_tokens: 10, output_tokens: 8 })
  })

  test('unknown is null, and absurd counts are unknown', () => {
    for (const value of [null, 5, {}, { input_tokens: 5 }, { output_tokens: 5 }]) {
      expect(decodeUsage(value)).toBeNull()
    }
    expect(decodeUsage({ input_tokens: -1, output_tokens: 5 })).toBeNull()
    expect(decodeUsage({ input_tokens: 1.5, output_tokens: 5 })).toBeNull()
    expect(decodeUsage({ input_tokens: 5, output_tokens: 1e300 })).toBeNull()
  })
})
