import { isObject } from '@sluice/wire/json'

/** Names under which the varying text is found; the last is padding that only hides its length on the wire. */
const textNames = ['content', 'reasoning_content', 'reasoning', 'arguments']
const paddingName = 'obfuscation'

const holePatterns = new Map(
  [...textNames, paddingName].map((name) => [name, new RegExp(`"${name}"\\s*:\\s*"`, 'g')]),
)

/** Longer payloads are parsed: the pattern below keeps a place to return to for each character it takes. */
const maxLength = 65_536

/** The inside of a JSON string, and nothing that is not one. */
// oxlint-disable-next-line no-control-regex -- JSON strings hold none, and that is what is checked
const stringBody = /(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*/y

/**
 * The chunks of one stream differ in one string, the piece of text, and (OpenAI) in a padding string; everything around them is the same. An
 * envelope is what lies around those strings in one chunk that was parsed in full. A later payload that fits it differs from
 * that chunk in those strings only, so it needs no parsing: comparing costs a fifth.
 */
export class ChunkEnvelope {
  /** Characters of answer text in the payload rewritten last. */
  characters = 0
  readonly #input: readonly string[]
  readonly #output: readonly string[]
  /** Which of the holes between the parts is the text. */
  readonly #textHole: number
  /** Nothing is edited: payloads that fit are passed on as they are. */
  readonly #unchanged: boolean

  /** Both lists hold what lies before, between and after the holes. */
  private constructor(input: readonly string[], output: readonly string[], textHole: number) {
    this.#input = input
    this.#output = output
    this.#textHole = textHole
    this.#unchanged = input.every((part, i) => part === output[i])
  }

  /**
   * Learns from a payload and from what it was turned into; `chunk` is the payload parsed. Null when it has not exactly one piece of text, or
   * when that cannot be located without doubt.
   */
  static learn(
    payload: string,
    rewritten: string,
    chunk: Readonly<Record<string, unknown>>,
  ): ChunkEnvelope | null {
    const text = soleText(chunk)
    if (text === null || payload.length > maxLength) return null
    const padding = chunk[paddingName]
    const holes =
      typeof padding === 'string' ? [text, { name: paddingName, value: padding }] : [text]
    const input = cutAtHoles(payload, holes)
    const output = cutAtHoles(rewritten, holes)
    if (!input || !output || input.names.join() !== output.names.join()) return null
    return new ChunkEnvelope(input.parts, output.parts, input.names.indexOf(text.name))
  }

  /** The payload as it is passed on, or null when it does not fit. */
  rewrite(payload: string): string | null {
    const head = this.#input[0] ?? ''
    if (!isAt(payload, 0, head) || payload.length > maxLength) return null
    let at = head.length
    let out = this.#output[0] ?? ''
    for (let hole = 0; hole + 1 < this.#input.length; hole++) {
      const part = this.#input[hole + 1] ?? ''
      const end = endOfString(payload, at)
      if (!isAt(payload, end, part)) return null
      const piece = payload.slice(at, end)
      if (hole === this.#textHole) this.characters = pieceLength(piece)
      if (!this.#unchanged) out += piece + (this.#output[hole + 1] ?? '')
      at = end + part.length
    }
    if (at !== payload.length) return null
    return this.#unchanged ? payload : out
  }
}

/** `startsWith` compares character by character; equality of strings is one `memcmp`, about ten times cheaper. */
function isAt(payload: string, at: number, part: string): boolean {
  return payload.slice(at, at + part.length) === part
}

function endOfString(payload: string, start: number): number {
  stringBody.lastIndex = start
  stringBody.test(payload)
  return stringBody.lastIndex
}

interface Hole {
  readonly name: string
  readonly value: string
}

function pieceLength(piece: string): number {
  return piece.includes('\\') ? (JSON.parse(`"${piece}"`) as string).length : piece.length
}

/** The one text of a chunk with one choice, and the name it stands under. */
function soleText(chunk: Readonly<Record<string, unknown>>): Hole | null {
  const [choice, ...more] = chunk['choices'] as unknown[]
  if (more.length > 0 || !isObject(choice) || !isObject(choice['delta'])) return null
  const { delta } = choice
  const holders: Record<string, unknown>[] = [delta]
  if (Array.isArray(delta['tool_calls'])) {
    const [call, ...others] = delta['tool_calls'] as unknown[]
    if (others.length > 0 || !isObject(call) || !isObject(call['function'])) return null
    holders.push(call['function'])
  }
  const found: Hole[] = []
  for (const holder of holders) {
    for (const name of textNames) {
      const value = holder[name]
      if (typeof value === 'string') found.push({ name, value })
    }
  }
  const [sole] = found
  return found.length === 1 && sole ? sole : null
}

/** What lies before, between and after the holes, which are found by name and verified by value. */
function cutAtHoles(
  payload: string,
  holes: readonly Hole[],
): { parts: string[]; names: string[] } | null {
  const places: { name: string; start: number; end: number }[] = []
  for (const { name, value } of holes) {
    const pattern = holePatterns.get(name)
    const matches = pattern ? [...payload.matchAll(pattern)] : []
    const [match] = matches
    if (matches.length !== 1 || !match) return null
    const start = match.index + match[0].length
    const end = endOfString(payload, start)
    if (JSON.parse(`"${payload.slice(start, end)}"`) !== value) return null
    places.push({ name, start, end })
  }
  places.sort((a, b) => a.start - b.start)
  const parts: string[] = []
  let at = 0
  for (const { start, end } of places) {
    parts.push(payload.slice(at, start))
    at = end
  }
  parts.push(payload.slice(at))
  return { parts, names: places.map(({ name }) => name) }
}
