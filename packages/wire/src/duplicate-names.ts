const quote = '"'
const colon = 58
const backslash = 92

/** Of the string that begins at `start`: the place of its closing quote. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf(quote, start + 1)
  for (;;) {
    let before = end - 1
    while (text.charCodeAt(before) === backslash) before -= 1
    if ((end - before) % 2 === 1) return end
    end = text.indexOf(quote, end + 1)
  }
}

/** Space, tab and line ends: all that JSON knows. */
function afterBlanks(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) <= 32) at += 1
  return at
}

/**
 * How many members all objects of a JSON text have together, repetitions included. The text must be one that `JSON.parse` takes. Goes from string to string:
 * the length of what stands in them costs next to nothing.
 */
export function countNames(json: string): number {
  let names = 0
  let start = json.indexOf(quote)
  while (start !== -1) {
    const next = afterBlanks(json, endOfString(json, start) + 1)
    if (json.charCodeAt(next) === colon) names += 1
    start = json.indexOf(quote, next)
  }
  return names
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
        // Parsed, since a name can be written in several ways.
        const name = JSON.parse(json.slice(at, end + 1)) as string
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
