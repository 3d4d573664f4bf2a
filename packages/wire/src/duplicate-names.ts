const quote = '"'
const quoteCode = 34
const colon = 58
const openBracket = 91
const backslash = 92
const closeBracket = 93
const openBrace = 123
const closeBrace = 125

/** Of the string that begins at `start`: the place of its closing quote, or the end of a text that has none. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf(quote, start + 1)
  while (end !== -1) {
    let before = end - 1
    while (text.charCodeAt(before) === backslash) before -= 1
    if ((end - before) % 2 === 1) return end
    end = text.indexOf(quote, end + 1)
  }
  return text.length
}

/** Space, tab and line ends: all that JSON knows. */
function afterBlanks(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) <= 32) at += 1
  return at
}

export interface JsonStructure {
  /** Members that all objects have together, repetitions included. Undefined when it goes deeper than asked for. */
  readonly names: number | undefined
  /** Objects and lists. */
  readonly containers: number
}

/**
 * What is known of a text before it is parsed, JSON or not: `JSON.parse` takes seconds for what is nested millions deep. Goes from string to string, so that
 * the length of what stands in them costs next to nothing.
 */
export function scanStructure(text: string, maxDepth: number): JsonStructure {
  let names = 0
  let containers = 0
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === openBrace || code === openBracket) {
      depth += 1
      containers += 1
      if (depth > maxDepth) return { names: undefined, containers }
    } else if (code === closeBrace || code === closeBracket) depth -= 1
    else if (code === quoteCode) {
      at = endOfString(text, at)
      const next = afterBlanks(text, at + 1)
      if (text.charCodeAt(next) !== colon) continue
      names += 1
      at = next
    }
  }
  return { names, containers }
}

/** The first name that an object of the text has twice, wherever it stands; null = none. */
export function duplicateName(json: string): string | null {
  /** Names of the objects that are open; null for an array. */
  const open: (Set<string> | null)[] = []
  let at = 0
  while (at < json.length) {
    const character = json[at]
    if (character === '{') open.push(new Set())
    else if (character === '[') open.push(null)
    else if (character === '}' || character === ']') open.pop()
    else if (character === quote) {
      const end = endOfString(json, at)
      const next = afterBlanks(json, end + 1)
      if (json.charCodeAt(next) === colon) {
        const name = nameOf(json.slice(at + 1, end))
        const names = open.at(-1)
        if (names?.has(name) === true) return name
        names?.add(name)
      }
      at = end
    }
    at += 1
  }
  return null
}

/** A name can be written in several ways, but only with escapes: most are what they say. */
function nameOf(written: string): string {
  return written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written
}
