import { hash } from 'node:crypto'

/** What a provider takes as the id of a tool call. */
export interface ToolCallIdShape {
  readonly allowed: RegExp
  /** Of an id made here; ids of callers that fit `allowed` stay as they are. */
  readonly prefix: string
  /** Length of an id made here, prefix included. */
  readonly length: number
}

export const toolCallIdShapes = {
  openai: { allowed: /^.{1,40}$/s, prefix: 'call_', length: 29 },
  responses: { allowed: /^.{1,64}$/s, prefix: 'call_', length: 29 },
  anthropic: { allowed: /^[a-zA-Z0-9_-]{1,64}$/, prefix: 'toolu_', length: 30 },
  'nine-alphanumerics': { allowed: /^[a-zA-Z0-9]{9}$/, prefix: '', length: 9 },
} as const satisfies Record<string, ToolCallIdShape>

/**
 * The ids of one request in the target's shape: the same id for a call and its result, different ids for different ones, never a part of the
 * original (T11).
 */
export function createToolCallIds({ allowed, prefix, length }: ToolCallIdShape) {
  return identityMap(allowed, (original, turn) => {
    return (
      prefix + base62(`${original}${turn === 0 ? '' : `\0${String(turn)}`}`, length - prefix.length)
    )
  })
}

const nameAllowed = /^[a-zA-Z0-9_-]{1,64}$/
const maxNameLength = 64

/** The tool names of one request as every vendor takes them; `restored` gives the caller's names back (T12). */
export function createToolNames() {
  const names = identityMap(nameAllowed, (original, turn) => {
    const readable = original.replaceAll(/[^a-zA-Z0-9_-]/g, '_')
    if (turn === 0 && readable !== '' && readable.length <= maxNameLength) return readable
    return `${readable.slice(0, maxNameLength - 9)}_${base62(`${original}\0${String(turn)}`, 8)}`
  })
  return {
    of: (name: string): string => names.of(name),
    /** Sent name to caller's name, of those that differ; undefined when none does. */
    get restored(): ReadonlyMap<string, string> | undefined {
      const changed = names.entries().filter(([original, sent]) => original !== sent)
      if (changed.length === 0) return undefined
      return new Map(changed.map(([original, sent]) => [sent, original]))
    },
  }
}

export type CallIds = ReturnType<typeof createCallIds>

/**
 * Ids of the calls of one reply. A provider's own is kept; where it gave none, or one that it gave before, one is made from the generation and
 * the place of the call: the same on every reading.
 */
export function createCallIds(requestId: string) {
  const taken = new Set<string>()
  let count = 0
  return {
    next(given: string | null): string {
      let id = given ?? ''
      for (let turn = 0; id === '' || taken.has(id); turn++) {
        id = `call_${base62(`${requestId} ${String(count)} ${String(turn)}`, 24)}`
      }
      count += 1
      taken.add(id)
      return id
    },
  }
}

function identityMap(allowed: RegExp, make: (original: string, turn: number) => string) {
  const known = new Map<string, string>()
  const taken = new Set<string>()
  return {
    of(original: string): string {
      const before = known.get(original)
      if (before !== undefined) return before
      let made = allowed.test(original) ? original : make(original, 0)
      for (let turn = 1; taken.has(made); turn++) made = make(original, turn)
      known.set(original, made)
      taken.add(made)
      return made
    },
    entries: (): [string, string][] => [...known],
  }
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Of the SHA-256 of a text; at most 42 digits. */
export function base62(text: string, length: number): string {
  let rest = BigInt(`0x${hash('sha256', text, 'hex')}`)
  let out = ''
  while (out.length < length) {
    out += digits[Number(rest % 62n)] ?? ''
    rest /= 62n
  }
  return out
}
