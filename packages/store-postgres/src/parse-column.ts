/* No imports: the PGlite worker runs this file outside the module graph of the main thread. */

const bool = 16
const bytea = 17
const int8 = 20
const int2 = 21
const int4 = 23

/** A column's text as a value. Everything that has no line here stays text, on both engines. */
export function parseColumn(text: string, type: number): unknown {
  switch (type) {
    case bool:
      return text === 't'
    case int2:
    case int4:
      return Number(text)
    case int8:
      return safeInteger(text)
    case bytea:
      return Buffer.from(text.slice(2), 'hex')
    default:
      return text
  }
}

function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is not a safe integer`)
  return value
}
