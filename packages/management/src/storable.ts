/** Whether a database takes it as text: no NUL, no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** The first text in a value, names of members included, that no database takes. Bounded by whoever bounded the depth of the value. */
export function findUnstorable(
  value: unknown,
  path: readonly PropertyKey[] = [],
): PropertyKey[] | null {
  if (typeof value === 'string') return isStorable(value) ? null : [...path]
  if (typeof value !== 'object' || value === null) return null
  for (const [name, member] of Object.entries(value)) {
    if (!isStorable(name)) return [...path]
    const found = findUnstorable(member, [...path, Array.isArray(value) ? Number(name) : name])
    if (found) return found
  }
  return null
}
