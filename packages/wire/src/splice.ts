import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from './errors.ts'

/**
 * A JSON object in its original bytes, with some top-level members located, so that a body of any size can be edited without being parsed
 * and written again: what is not edited stays byte for byte (key order, number spelling, spacing inside values, unknown members).
 *
 * Where a name occurs twice the last one counts, as for `JSON.parse`; an edit drops the others.
 */
export interface JsonMembers<Name extends string> {
  /** The parsed value of a member, undefined when it is absent. */
  read(name: Name): unknown
  /** The body with values replaced or inserted (JSON text) or members removed (null). */
  edit(changes: Readonly<Partial<Record<Name, string | null>>>): Buffer
}

/** A located member, or (name null) a run of members nobody asked for. Offsets into the body; `end` is exclusive. */
interface Piece {
  readonly name: string | null
  readonly start: number
  readonly valueStart: number
  end: number
}

/** No name we look for has more than 64 characters, each at most six bytes when escaped. */
const maxEscapedName = 64 * 6

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Locates `names` among the top-level members of `body`, in one pass that jumps over strings natively. Throws `invalid_request` when the body is not
 * one JSON object; values are not validated, only delimited.
 */
export function scanMembers<const Name extends string>(
  body: Buffer,
  names: readonly Name[],
): JsonMembers<Name> {
  const pieces = split(body, names)
  const last = new Map<string, Piece>()
  for (const piece of pieces) if (piece.name !== null) last.set(piece.name, piece)

  return {
    read(name) {
      const piece = last.get(name)
      if (piece === undefined) return undefined
      try {
        return JSON.parse(body.toString('utf8', piece.valueStart, piece.end)) as unknown
      } catch (cause) {
        throw new GatewayError(wireErrors.invalid_request, `${name} is not valid JSON`, {
          param: name,
          cause,
        })
      }
    },
    edit(changes) {
      const entries = Object.entries(changes) as [string, string | null][]
      // Room for what is inserted: the name, which JSON may escape, its value, quotes, colon and comma.
      let size = body.length + 2
      for (const [name, value] of entries) size += name.length * 6 + (value?.length ?? 0) * 3 + 4
      const out = Buffer.allocUnsafe(size)
      out[0] = OPEN_BRACE
      let at = 1
      for (const [name, value] of entries) {
        if (value === null || last.has(name)) continue
        if (at > 1) out[at++] = COMMA
        at += out.write(`${JSON.stringify(name)}:${value}`, at)
      }
      for (const piece of pieces) {
        const value = piece.name === null ? undefined : changes[piece.name as Name]
        if (value === null || (value !== undefined && last.get(piece.name ?? '') !== piece))
          continue
        if (at > 1) out[at++] = COMMA
        const keptEnd = value === undefined ? piece.end : piece.valueStart
        at += body.copy(out, at, piece.start, keptEnd)
        if (value !== undefined) at += out.write(value, at)
      }
      out[at++] = CLOSE_BRACE
      return out.subarray(0, at)
    },
  }
}

function split(body: Buffer, names: readonly string[]): Piece[] {
  const pieces: Piece[] = []
  let at = skipSpace(body, 0)
  if (body[at] !== OPEN_BRACE) throw malformed()
  at = skipSpace(body, at + 1)
  if (body[at] !== CLOSE_BRACE) {
    for (;;) {
      if (body[at] !== QUOTE) throw malformed()
      const start = at
      const keyEnd = skipString(body, at + 1)
      at = skipSpace(body, keyEnd)
      if (body[at] !== COLON) throw malformed()
      const valueStart = skipSpace(body, at + 1)
      const end = skipValue(body, valueStart)
      const name = matchName(body, start + 1, keyEnd - 1, names)
      const previous = pieces.at(-1)
      if (name === null && previous?.name === null) previous.end = end
      else pieces.push({ name, start, valueStart, end })
      at = skipSpace(body, end)
      if (body[at] === CLOSE_BRACE) break
      if (body[at] !== COMMA) throw malformed()
      at = skipSpace(body, at + 1)
    }
  }
  if (skipSpace(body, at + 1) !== body.length) throw malformed()
  return pieces
}

function matchName(
  body: Buffer,
  start: number,
  end: number,
  names: readonly string[],
): string | null {
  const length = end - start
  let escaped = false
  for (let at = start; at < end; at++) if (body[at] === BACKSLASH) escaped = true
  if (escaped && length <= maxEscapedName) return matchEscapedName(body, start, end, names)
  for (const name of names) {
    if (name.length === length && body.toString('latin1', start, end) === name) return name
  }
  return null
}

function matchEscapedName(
  body: Buffer,
  start: number,
  end: number,
  names: readonly string[],
): string | null {
  try {
    const key = JSON.parse(`"${body.toString('utf8', start, end)}"`) as string
    return names.includes(key) ? key : null
  } catch {
    throw malformed() // an escape that JSON does not know
  }
}

function skipSpace(body: Buffer, from: number): number {
  let at = from
  for (;;) {
    const byte = body[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
    at++
  }
}

/** `from` is the byte after the opening quote; returns the one after the closing quote. */
function skipString(body: Buffer, from: number): number {
  let at = from
  // Most strings are short: a native search costs more than looking at a few bytes.
  for (const near = at + 24; at < near; at++) {
    const byte = body[at]
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) at++
  }
  for (;;) {
    const quote = body.indexOf(QUOTE, at)
    if (quote === -1) throw malformed()
    let slash = quote
    while (slash > at && body[slash - 1] === BACKSLASH) slash--
    at = quote + 1
    if (((quote - slash) & 1) === 0) return at
  }
}

function skipValue(body: Buffer, from: number): number {
  const first = body[from]
  if (first === QUOTE) return skipString(body, from + 1)
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(body, from + 1)
  let at = from
  while (at < body.length && !endsScalar(body[at])) at++
  if (at === from) throw malformed()
  return at
}

/** Strings are skipped as wholes, so brackets that are left are structure. */
function skipNested(body: Buffer, from: number): number {
  let at = from
  for (let depth = 1; depth > 0;) {
    const byte = body[at++]
    if (byte === QUOTE) at = skipString(body, at)
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--
    else if (byte === undefined) throw malformed()
  }
  return at
}

function endsScalar(byte: number | undefined): boolean {
  return (
    byte === COMMA ||
    byte === CLOSE_BRACE ||
    byte === CLOSE_BRACKET ||
    byte === 0x20 ||
    byte === 0x0a ||
    byte === 0x0d ||
    byte === 0x09
  )
}

function malformed(): GatewayError {
  return new GatewayError(wireErrors.invalid_request, 'the body is not a JSON object')
}
