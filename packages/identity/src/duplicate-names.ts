const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g

/**
 * Whether an object anywhere in a JSON text has a name twice: `JSON.parse` takes the last, others the first. The text must be one that `JSON.parse` takes.
 */
export function hasDuplicateNames(json: string): boolean {
  /** Names of the objects that are open; null for an array. */
  const open: (Set<string> | null)[] = []
  let last = ''
  for (const [piece] of json.matchAll(token)) {
    if (piece === '{') open.push(new Set())
    else if (piece === '[') open.push(null)
    else if (piece === '}' || piece === ']') open.pop()
    else if (piece === ':') {
      const names = open.at(-1)
      // Parsed, since a name can be written in several ways.
      const name = JSON.parse(last) as string
      if (names?.has(name)) return true
      names?.add(name)
    }
    last = piece
  }
  return false
}
