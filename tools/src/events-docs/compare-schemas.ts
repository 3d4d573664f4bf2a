import type { JsonSchema } from './event-schema.ts'

export interface SchemaChange {
  /** `calls[].attempt` */
  readonly at: string
  readonly what: string
  /** Every reader and every kept event of the version goes on to be right. */
  readonly compatible: boolean
}

/** Says nothing about which values are valid. */
const annotations = new Set(['$id', '$schema', 'title', 'description', 'examples', 'default'])

/**
 * What lies between two schemas of one version. Compatible is only what neither an old reader of new events nor a new reader of old ones can
 * notice: an optional member that was added, and a value that was added to an enumeration that says it is open.
 */
export function compareSchemas(from: JsonSchema, to: JsonSchema, at = ''): SchemaChange[] {
  const changes: SchemaChange[] = []
  const keywords = new Set([...Object.keys(from), ...Object.keys(to)])
  for (const keyword of [...keywords].filter((name) => !annotations.has(name)).toSorted()) {
    const [before, after] = [from[keyword], to[keyword]]
    if (keyword === 'properties') changes.push(...compareMembers(from, to, at))
    else if (keyword === 'required') changes.push(...compareRequired(from, to, at))
    else if (keyword === 'enum' && before && after) changes.push(...compareValues(from, to, at))
    else if (isSchema(before) && isSchema(after))
      changes.push(...compareSchemas(before, after, keyword === 'items' ? `${at}[]` : at))
    else if (areSchemas(before) && areSchemas(after) && before.length === after.length)
      changes.push(...before.flatMap((each, i) => compareSchemas(each, after[i] ?? {}, at)))
    else if (!isEqual(before, after)) {
      const what = keyword === 'type' || keyword === 'anyOf' ? 'has another type' : keyword
      changes.push(breaking(at, `${what}: ${text(before)} became ${text(after)}`))
    }
  }
  return changes
}

function compareMembers(from: JsonSchema, to: JsonSchema, at: string): SchemaChange[] {
  const [before, after] = [membersOf(from), membersOf(to)]
  const required = namesOf(to, 'required')
  const kept = Object.entries(before).flatMap(([name, schema]) => {
    const later = after[name]
    return later ? compareSchemas(schema, later, join(at, name)) : [removed(join(at, name))]
  })
  const added = Object.keys(after).filter((name) => !Object.hasOwn(before, name))
  return [
    ...kept,
    ...added.map((name) =>
      required.includes(name)
        ? breaking(join(at, name), 'is new, and required')
        : { at: join(at, name), what: 'is new', compatible: true },
    ),
  ]
}

function compareRequired(from: JsonSchema, to: JsonSchema, at: string): SchemaChange[] {
  const [before, after] = [namesOf(from, 'required'), namesOf(to, 'required')]
  const [old, now] = [membersOf(from), membersOf(to)]
  return [
    ...after
      .filter((name) => !before.includes(name) && Object.hasOwn(old, name))
      .map((name) => breaking(join(at, name), 'became required')),
    ...before
      .filter((name) => !after.includes(name) && Object.hasOwn(now, name))
      .map((name) => breaking(join(at, name), 'became optional')),
  ]
}

function compareValues(from: JsonSchema, to: JsonSchema, at: string): SchemaChange[] {
  const [before, after] = [namesOf(from, 'enum'), namesOf(to, 'enum')]
  const open = from['x-open-values'] === true
  return [
    ...before
      .filter((value) => !after.includes(value))
      .map((value) => breaking(at, `lost the value ${value}`)),
    ...after
      .filter((value) => !before.includes(value))
      .map((value) => ({ at, what: `takes the new value ${value}`, compatible: open })),
  ]
}

function membersOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema['properties'] ?? {}) as Record<string, JsonSchema> // what the keyword holds
}

function namesOf(schema: JsonSchema, keyword: string): string[] {
  return ((schema[keyword] ?? []) as unknown[]).map(String) // a list, by the keyword's definition
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function areSchemas(value: unknown): value is JsonSchema[] {
  return Array.isArray(value) && value.every(isSchema)
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function removed(at: string): SchemaChange {
  return breaking(at, 'is gone')
}

function breaking(at: string, what: string): SchemaChange {
  return { at, what, compatible: false }
}

function join(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
