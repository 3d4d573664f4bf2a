import { describe, expect, test } from '@jest/globals'
import { murmur3 } from './murmur3.ts'
import { transformed } from './transforms.ts'

const longBytes = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}

describe('hashes and days are those of the Iceberg specification', () => {
  test.each([
    ['int or long 34', longBytes(34n), 2017239379],
    ['string iceberg', Buffer.from('iceberg'), 1210000089],
    ['binary 00 01 02 03', Buffer.of(0, 1, 2, 3), -188683207],
    ['date 2017-11-16', longBytes(17486n), -653330422],
    ['timestamptz 2017-11-16T14:31:08-08:00', longBytes(1510871468000000n), -2047944441],
  ])('the hash of %s', (_name, bytes, hash) => {
    expect(murmur3(bytes)).toBe(hash)
  })

  test('a bucket is the hash without its sign, modulo', () => {
    expect(transformed('bucket[8]', 'iceberg')).toBe(1210000089 % 8)
    expect(transformed('bucket[8]', null)).toBeNull()
    expect(transformed('bucket[16]', 34n)).toBe(2017239379 % 16)
    expect(transformed('bucket[16]', 34)).toBe(2017239379 % 16)
  })

  test('a day begins at midnight UTC, before 1970 too', () => {
    expect(transformed('day', 0n)).toBe(0)
    expect(transformed('day', -1n)).toBe(-1)
    expect(transformed('day', -86_400_000_000n)).toBe(-1)
    expect(transformed('day', -86_400_000_001n)).toBe(-2)
    expect(transformed('day', BigInt(Date.UTC(2017, 10, 16, 22, 31, 8)) * 1_000n)).toBe(17486)
  })
})
