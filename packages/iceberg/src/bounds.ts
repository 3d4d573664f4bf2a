import type { PrimitiveType, Value } from './schema.ts'

/** Iceberg's single-value form: what bounds in manifests are written in. */
export function encodeBound(type: PrimitiveType | 'date', value: Exclude<Value, null>): Buffer {
  switch (type) {
    case 'string':
      return Buffer.from(String(value), 'utf8')
    case 'boolean':
      return Buffer.of(value === true ? 1 : 0)
    case 'int':
    case 'date': {
      const bytes = Buffer.alloc(4)
      bytes.writeInt32LE(Number(value))
      return bytes
    }
    case 'long':
    case 'timestamptz': {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(BigInt(value as bigint))
      return bytes
    }
    case 'binary':
      return Buffer.from(value as Uint8Array)
  }
}

export function decodeBound(type: PrimitiveType | 'date', bytes: Uint8Array): Exclude<Value, null> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (type) {
    case 'string':
      return buffer.toString('utf8')
    case 'boolean':
      return buffer[0] === 1
    case 'int':
    case 'date':
      return buffer.readInt32LE()
    case 'long':
    case 'timestamptz':
      return buffer.readBigInt64LE()
    case 'binary':
      return buffer
  }
}

/** Order of values of one column; texts by their UTF-8 bytes, as other engines compare them. */
export function compareValues(a: Exclude<Value, null>, b: Exclude<Value, null>): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** UTF-16 order differs from that of UTF-8 where surrogates meet what lies above them. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const isX = x >= 0xd800 && x <= 0xdfff
    const isY = y >= 0xd800 && y <= 0xdfff
    if (isX !== isY) return isX ? 1 : -1
    return x - y
  }
  return a.length - b.length
}
