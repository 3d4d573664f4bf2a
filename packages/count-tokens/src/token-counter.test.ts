import { describe, expect, test } from '@jest/globals'
import { createTokenCounter } from './token-counter.ts'

describe('the token counter', () => {
  test('counts words, other scripts and what looks like a special token', async () => {
    await using counter = createTokenCounter()
    expect(await counter.count([])).toBe(0)
    expect(await counter.count(['The quick brown fox jumps over the lazy dog.'])).toBe(10)
    expect(await counter.count(['a', 'b'])).toBe(2)
    expect(await counter.count(['日本語のテキスト'])).toBeGreaterThan(2)
    expect(await counter.count(['<|endoftext|>'])).toBeGreaterThan(1)
  })

  test('texts without any boundary take time by their length, not by its square', async () => {
    await using counter = createTokenCounter()
    const words = await counter.count([
      'ab'.repeat(200_000),
      ' '.repeat(200_000),
      '語'.repeat(100_000),
    ])
    expect(words).toBeGreaterThan(100_000)
    expect(words).toBeLessThan(700_000)
  }, 20_000)

  test('counts at the same time are not mixed up', async () => {
    await using counter = createTokenCounter()
    const counts = await Promise.all([1, 2, 3].map((n) => counter.count([' word'.repeat(n * 100)])))
    expect(counts).toEqual([100, 200, 300])
  })

  test('a counter that is disposed of counts no more, and lets nobody wait', async () => {
    const counter = createTokenCounter()
    const open = counter.count(['a']).catch(String)
    await counter[Symbol.asyncDispose]()
    expect(await open).toContain('lost')
    await expect(counter.count(['a'])).rejects.toThrow('disposed')
  })
})
