import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeEmbedding, encodeEmbedding } from './embedding-encoding.ts'

describe('a vector as base64', () => {
  test('T57 is the bytes of little-endian float32', () => {
    // 1 = 0x3f800000, -2 = 0xc0000000
    expect(encodeEmbedding([1, -2])).toBe(Buffer.from('0000803f000000c0', 'hex').toString('base64'))
    expect(decodeEmbedding('AACAPwAAAMA=')).toEqual([1, -2])
  })

  test('T57 comes back as it was, wherever the decoded bytes lie in their pool', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })),
        fc.nat({ max: 7 }),
        (values, shift) => {
          // Moves the pool on, so that the next small buffer begins at an odd offset.
          Buffer.from('x'.repeat(shift))
          expect(decodeEmbedding(encodeEmbedding(values))).toEqual(values)
        },
      ),
    )
  })

  test('T57 what is no vector is null', () => {
    expect([decodeEmbedding('AAA='), decodeEmbedding('not base64!')]).toEqual([null, null])
  })
})
