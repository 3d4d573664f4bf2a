import type { Value } from './database.ts'

/** A statement's value as both engines take it: text, or bytes for BYTEA. */
export function encodeValue(value: Value): string | Uint8Array | null {
  if (value === null || typeof value === 'string' || value instanceof Uint8Array) return value
  if (typeof value === 'object') return arrayLiteral(value)
  return String(value)
}

function arrayLiteral(values: readonly (string | number | bigint | boolean | null)[]): string {
  return `{${values.map(arrayElement).join(',')}}`
}

function arrayElement(value: string | number | bigint | boolean | null): string {
  if (value === null) return 'NULL'
  if (typeof value !== 'string') return String(value)
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

const copySpecial = /[\\\t\n\r\0]/g
const copyEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  // Postgres has no NUL in text.
  '\0': '',
}

/** One column of a row in COPY's text format. */
export function copyField(value: string): string {
  copySpecial.lastIndex = 0
  return copySpecial.test(value)
    ? value.replace(copySpecial, (special) => copyEscapes[special] ?? special)
    : value
}
