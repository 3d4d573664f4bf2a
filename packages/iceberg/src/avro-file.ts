import avro, { type Schema, type Type } from 'avsc'
import { randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'

const magic = Buffer.from('Obj\u0001', 'latin1')

/** Longs as bigint: ids of snapshots that others made use all 64 bits. */
const longs = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer(value: bigint) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})

const parsed = new Map<string, Type>()
/** Schemas are few, but each table has its own: this only guards against growth without end. */
const maxParsed = 200

function typeOf(schema: string): Type {
  const known = parsed.get(schema)
  if (known) return known
  if (parsed.size >= maxParsed) parsed.clear()
  const type = avro.Type.forSchema(JSON.parse(schema) as Schema, { registry: { long: longs } })
  parsed.set(schema, type)
  return type
}

const metaType = avro.Type.forSchema({ type: 'map', values: 'bytes' })
const plainLong = avro.Type.forSchema('long')

/**
 * Avro object container: a header with the schema as it was given, then one block. The library's own writer is a stream and makes the schema
 * anew from what it understood of it; the field ids, which Iceberg reads by, are attributes it need not understand.
 */
export function writeAvro(
  schema: object,
  records: readonly unknown[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const text = JSON.stringify(schema)
  const type = typeOf(text)
  const sync = randomBytes(16)
  const meta = Object.fromEntries(
    Object.entries({ ...metadata, 'avro.schema': text, 'avro.codec': 'deflate' }).map(
      ([name, value]) => [name, Buffer.from(value)],
    ),
  )
  const header = Buffer.concat([magic, metaType.toBuffer(meta), sync])
  if (records.length === 0) return header
  const block = deflateRawSync(Buffer.concat(records.map((record) => type.toBuffer(record))))
  const counts = [plainLong.toBuffer(records.length), plainLong.toBuffer(block.length)]
  return Buffer.concat([header, ...counts, block, sync])
}

export interface AvroContent {
  readonly metadata: Readonly<Record<string, string>>
  /** By the writer's schema. */
  readonly records: readonly Record<string, unknown>[]
}

export function readAvro(bytes: Buffer): AvroContent {
  if (!bytes.subarray(0, 4).equals(magic)) throw new TypeError('not an Avro file')
  const header = metaType.decode(bytes, 4) as Decoded<Record<string, Buffer>>
  const metadata = Object.fromEntries(
    Object.entries(header.value).map(([name, value]) => [name, value.toString()]),
  )
  const codec = metadata['avro.codec'] ?? 'null'
  if (codec !== 'null' && codec !== 'deflate') throw new TypeError(`Avro codec ${codec}`)
  const type = typeOf(metadata['avro.schema'] ?? '')
  const records: Record<string, unknown>[] = []
  let at = header.offset + 16
  while (at < bytes.length) {
    const count = plainLong.decode(bytes, at) as Decoded<number>
    const size = plainLong.decode(bytes, count.offset) as Decoded<number>
    const stored = bytes.subarray(size.offset, size.offset + size.value)
    const block = codec === 'deflate' ? inflateRawSync(stored) : stored
    let next = 0
    for (let n = 0; n < count.value; n += 1) {
      const record = type.decode(block, next) as Decoded<Record<string, unknown>>
      if (record.offset < 0) throw new TypeError('an Avro block is cut short')
      records.push(record.value)
      next = record.offset
    }
    at = size.offset + size.value + 16
  }
  return { metadata, records }
}

interface Decoded<Value> {
  readonly value: Value
  /** Negative: the bytes end before it does. */
  readonly offset: number
}
