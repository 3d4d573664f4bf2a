import { murmur3 } from './murmur3.ts'
import type { Transform, Value } from './schema.ts'

const dayUs = 86_400_000_000n
const text = new TextEncoder()

/** Others, which somebody may have given a table since, tell nothing of where a value is. */
export function isKnown(transform: string): boolean {
  return transform === 'day' || transform === 'identity' || transform.startsWith('bucket[')
}

/** The partition value of a column's value; null of null. */
export function transformed(transform: Transform, value: Value): string | number | null {
  if (value === null) return null
  if (transform === 'day') return dayOf(value)
  if (transform === 'identity') {
    if (typeof value === 'string' || typeof value === 'number') return value
    throw new TypeError('identity partitions are of texts and ints')
  }
  return (murmur3(hashed(value)) & 0x7fffffff) % bucketsOf(transform)
}

/** Days since 1970 of a time in µs; before 1970 too, where division alone would round up. */
function dayOf(value: Value): number {
  if (typeof value !== 'bigint') throw new TypeError('days are of times')
  const day = value / dayUs
  return Number(value % dayUs < 0n ? day - 1n : day)
}

function bucketsOf(transform: `bucket[${number}]`): number {
  return Number(transform.slice('bucket['.length, -1))
}

/** An int is hashed as the long of the same value. */
function hashed(value: Value): Uint8Array {
  if (typeof value === 'string') return text.encode(value)
  if (value instanceof Uint8Array) return value
  if (typeof value !== 'bigint' && typeof value !== 'number')
    throw new TypeError('buckets are not of this type')
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true)
  return bytes
}

/** As it stands in the path of a file, for people; readers go by the manifest. */
export function partitionText(transform: Transform, value: string | number | null): string {
  if (value === null) return 'null'
  if (transform !== 'day') return encodeURIComponent(String(value))
  return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10)
}

/** Avro and Iceberg type of a partition value. */
export function partitionType(transform: Transform, source: string): 'date' | 'int' | 'string' {
  if (transform === 'day') return 'date'
  return transform === 'identity' && source === 'string' ? 'string' : 'int'
}
