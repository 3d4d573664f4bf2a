/** The one way to write a JSON value: keys sorted, no blanks. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value))
}

/**
 * The same value with the keys of every object in order, for `JSON.stringify` to write: putting texts together here takes several times as
 * long. Recursion is safe: parsed requests are at most 64 levels deep, and have no key that means something else than itself.
 */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const members = value as Readonly<Record<string, unknown>>
  const result: Record<string, unknown> = {}
  for (const key of Object.keys(members).sort()) result[key] = sorted(members[key])
  return result
}
