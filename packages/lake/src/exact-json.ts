import { jsonLimits } from '@sluice/contracts/lake/values'

/** A number that JavaScript would change: its text, as a decimal of SQL is written. */
export class ExactNumber {
  readonly text: string

  constructor(source: string) {
    this.text = decimalText(source)
  }
}

/** A fraction, an exponent or more digits than a double holds; also in a text that looks like one, which costs time alone. */
const hasSuchNumber = /[:,[]\s*-?\d+(?:[.eE]|\d{15})/

/** Shorter JSON cannot reach a limit. */
const limitedFrom = 1_000

/** As `JSON.parse`, without losing a digit and within the limits that both writers of the lake have. */
export function parseExactly(json: string): unknown {
  const tree: unknown = hasSuchNumber.test(json)
    ? JSON.parse(json, (_name, value: unknown, context?: { readonly source?: string }) =>
        typeof value === 'number' ? exact(context?.source ?? '') : value,
      )
    : JSON.parse(json)
  if (json.length > limitedFrom) requireLimits(tree, 0)
  return tree
}

export function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber)
}

/** JSON text with the keys of every object in order: the same tree is the same text, whoever wrote it. */
export function inOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(',')}]`
  if (value instanceof ExactNumber) return value.text
  if (typeof value === 'string') return JSON.stringify(wellFormed(value))
  if (!isTree(value)) return JSON.stringify(value)
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${members.map(([name, member]) => `${inOrder(name)}:${inOrder(member)}`).join(',')}}`
}

/** Half of a character pair has no UTF-8. Java writes a question mark in its place. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '?')
}

function exact(source: string): ExactNumber {
  if (source.length > jsonLimits.characters) throw new SyntaxError('a number is too long')
  return new ExactNumber(source)
}

function requireLimits(value: unknown, depth: number): void {
  if (!isTree(value)) return
  if (depth === jsonLimits.depth) throw new SyntaxError('too deep')
  for (const [name, member] of Object.entries(value)) {
    if (name.length > jsonLimits.nameCharacters) throw new SyntaxError('a name is too long')
    requireLimits(member, depth + 1)
  }
}

const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** As Java's `BigDecimal` writes it: all digits that were given, and an exponent only where there was one. */
function decimalText(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts.exec(source) ?? []
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '')
  const minus = digits === '0' ? '' : sign
  const scale = fraction.length - Number(exponent)
  if (Math.abs(scale) >= 2 ** 31) throw new SyntaxError('a number is too large')
  if (scale === 0) return minus + digits
  const power = digits.length - 1 - scale
  if (scale > 0 && power >= -6) {
    const padded = digits.padStart(scale + 1, '0')
    return `${minus}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
  }
  const mantissa = digits.length > 1 ? `${digits.slice(0, 1)}.${digits.slice(1)}` : digits
  return `${minus}${mantissa}E${power > 0 ? '+' : ''}${String(power)}`
}
