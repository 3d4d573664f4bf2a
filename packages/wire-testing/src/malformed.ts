type Path = readonly (string | number)[]

/** What may stand where something else belongs; undefined = nothing at all. */
const wrong: readonly unknown[] = [
  undefined,
  null,
  -1,
  1.5,
  1e12,
  '',
  'x',
  true,
  [],
  {},
  [5],
  [null],
  [{}],
  { type: 'nope' },
  [{ type: 'nope' }],
  { type: 5 },
]

/** A body with one mistake in it, at every place and of every kind. */
export function* malformed(body: object): Iterable<{ body: object; path: string }> {
  for (const path of placesIn(body)) {
    const name = path.map((key) => (typeof key === 'number' ? `[${String(key)}]` : `.${key}`))
    for (const value of wrong)
      yield { body: withAt(body, path, value), path: name.join('').slice(1) }
  }
}

function* placesIn(value: unknown, above: Path = []): Iterable<Path> {
  if (above.length > 0) yield above
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value))
    yield* placesIn(inner, [...above, Array.isArray(value) ? Number(key) : key])
}

function withAt(body: object, path: Path, value: unknown): object {
  const copy = structuredClone(body)
  let holder = copy as Record<string | number, unknown>
  for (const key of path.slice(0, -1)) holder = holder[key] as typeof holder
  const last = path.at(-1) ?? ''
  if (value !== undefined) holder[last] = value
  else if (Array.isArray(holder)) holder.splice(Number(last), 1)
  else Reflect.deleteProperty(holder, last)
  return copy
}
