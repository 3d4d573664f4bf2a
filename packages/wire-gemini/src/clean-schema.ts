import { isObject, type JsonObject } from '@sluice/wire/json'

/** A reference that leads back to itself is followed so far; below, anything goes. */
const maxDepth = 12
/** What one schema may grow to by its references, in members. */
const maxNodes = 20_000

/** What the schemas of one call may cost, in members and values looked at or copied; long texts count more. */
const maxWork = 100_000
const charactersPerWork = 16
/** Its own members are copied at each step that a reference takes. */
const copiesOfMembers = 4

/** Shared by the schemas of one call. Where it is used up, anything goes in what is left. */
export class SchemaWork {
  #left = maxWork

  /** False: it is used up, and the thing is not to be done any more. */
  take(): boolean {
    this.#left -= 1
    return this.#left >= 0
  }

  /** For a copy of a schema, but for its values, which are shared. */
  takeCopy(schema: JsonObject): boolean {
    // Counting is work itself: not done where nothing is left.
    if (this.#left < 0) return false
    const { properties, required } = schema
    this.#left -= Object.keys(schema).length * copiesOfMembers
    if (isObject(properties)) this.#left -= Object.keys(properties).length
    if (Array.isArray(required)) this.#left -= required.length
    return this.#left >= 0
  }

  /** For a value that is written once more: it may stand behind many references. */
  takeValue(value: unknown): boolean {
    if (this.#left < 0) return false
    this.#left -= sizeOf(value)
    return this.#left >= 0
  }
}

/** As many as JSON Schema has, without `null`. */
const maxTypes = 6

/** Members of Google's Schema that mean the same in JSON Schema. */
const kept = new Set([
  'title',
  'description',
  'nullable',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'pattern',
  'propertyOrdering',
])

/** Formats that are not refused, by type. */
const formats: Readonly<Record<string, readonly string[]>> = {
  string: ['date-time', 'enum'],
  number: ['float', 'double'],
  integer: ['int32', 'int64'],
}

/**
 * The parameters of a tool in the part of JSON Schema that Gemini takes (T19): references written out, `anyOf` alone, one type, and nothing it
 * does not know. For declarations only: what a tool *returns* may contain `$ref` as data. Null for parameters without any property.
 */
export function cleanParameters(schema: JsonObject, work: SchemaWork): JsonObject | null {
  const cleaned = new Cleaner(schema, work).clean({ type: 'object', ...schema }, 0)
  const { properties } = cleaned
  if (cleaned['type'] !== undefined && cleaned['type'] !== 'object') return cleaned
  return isObject(properties) && Object.keys(properties).length > 0 ? cleaned : null
}

class Cleaner {
  readonly #root: JsonObject
  readonly #work: SchemaWork
  #nodes = 0

  constructor(root: JsonObject, work: SchemaWork) {
    this.#root = root
    this.#work = work
  }

  clean(value: unknown, depth: number): JsonObject {
    this.#nodes += 1
    if (!isObject(value) || depth > maxDepth || this.#nodes > maxNodes) return { type: 'object' }
    if (!this.#work.take()) return { type: 'object' }
    const schema = this.#resolved(value)
    if (!schema) return { type: 'object' }
    const choices = schema['anyOf'] ?? schema['oneOf']
    if (Array.isArray(choices) && choices.length > 0) return this.#anyOf(schema, choices, depth)
    return this.#plain(schema, depth)
  }

  /** References and `allOf` become part of the schema they stand in; null for one that leads nowhere. */
  #resolved(schema: JsonObject, level = 0): JsonObject | null {
    let resolved = schema
    for (let hop = level; typeof resolved['$ref'] === 'string'; hop++) {
      const found = hop < maxDepth ? this.#find(resolved['$ref']) : null
      if (!found || !this.#work.takeCopy(found)) return null
      const { $ref: _, ...beside } = resolved
      resolved = { ...found, ...beside }
    }
    const { allOf, ...rest } = resolved
    if (!Array.isArray(allOf) || level > maxDepth) return rest
    let merged: JsonObject = rest
    for (const part of allOf as unknown[]) {
      this.#nodes += 1
      if (!isObject(part) || this.#nodes > maxNodes) break
      if (!this.#work.takeCopy(merged)) break
      merged = merge(merged, this.#resolved(part, level + 1) ?? {})
    }
    return merged
  }

  /** `#/$defs/Node`, `#/definitions/Node`, `#` itself. */
  #find(ref: string): JsonObject | null {
    if (!ref.startsWith('#')) return null
    let at: unknown = this.#root
    for (const step of ref.slice(1).split('/').filter(Boolean)) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
      if (!isObject(at) || !Object.hasOwn(at, name)) return null
      at = at[name]
    }
    return isObject(at) ? at : null
  }

  /** Beside `anyOf` nothing else may stand: what does moves into the choices. A choice of `null` is said by `nullable`. */
  #anyOf(schema: JsonObject, choices: readonly unknown[], depth: number): JsonObject {
    const { anyOf: _, oneOf: __, ...beside } = schema
    const cleaned = choices
      .filter((choice) => !isNull(choice))
      .map((choice) => {
        if (!this.#work.takeCopy(beside)) return { type: 'object' }
        const resolved = isObject(choice) ? this.#resolved(choice) : null
        return this.clean(merge(beside, resolved ?? {}), depth + 1)
      })
    const nullable = cleaned.length < choices.length ? { nullable: true } : {}
    const [only] = cleaned
    if (!only) return { type: 'string', nullable: true }
    return cleaned.length === 1 ? { ...only, ...nullable } : { anyOf: cleaned, ...nullable }
  }

  #plain(schema: JsonObject, depth: number): JsonObject {
    const types = [schema['type']].flat().filter((type) => typeof type === 'string')
    const named = [...new Set(types)].filter((type) => type !== 'null').slice(0, maxTypes)
    if (named.length > 1) {
      const choices = named.map((type) => this.#plain({ ...schema, type }, depth))
      return { anyOf: choices, ...(types.includes('null') ? { nullable: true } : {}) }
    }
    const type = (named[0] ?? impliedType(schema)).toLowerCase()
    const out: JsonObject = { type }
    for (const [name, value] of Object.entries(schema))
      if (kept.has(name) && this.#work.takeValue(value)) out[name] = value
    if (types.includes('null')) out['nullable'] = true
    const { format } = schema
    if (typeof format === 'string' && formats[type]?.includes(format) === true)
      out['format'] = format
    const values = 'const' in schema ? [schema['const']] : schema['enum']
    // Other values than texts cannot be listed there.
    if (type === 'string' && Array.isArray(values) && this.#work.takeValue(values)) {
      const texts = (values as unknown[]).filter((value) => typeof value === 'string')
      if (texts.length > 0) out['enum'] = texts
    }
    if (type === 'array')
      out['items'] = this.clean(schema['items'] ?? { type: 'string' }, depth + 1)
    if (type === 'object') this.#properties(schema, out, depth)
    return out
  }

  #properties(schema: JsonObject, out: JsonObject, depth: number): void {
    const { properties, required } = schema
    if (!isObject(properties) || Object.keys(properties).length === 0) return
    const cleaned: JsonObject = {}
    for (const [name, value] of Object.entries(properties)) {
      cleaned[name] = this.clean(value, depth + 1)
    }
    out['properties'] = cleaned
    // A required property that is not declared is refused.
    if (Array.isArray(required)) {
      out['required'] = (required as unknown[]).filter(
        (name) => typeof name === 'string' && Object.hasOwn(cleaned, name),
      )
    }
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length / charactersPerWork
  if (!Array.isArray(value)) return 1
  let size = 1
  for (const each of value as unknown[]) size += sizeOf(each)
  return size
}

function isNull(schema: unknown): boolean {
  return isObject(schema) && (schema['type'] === 'null' || schema['const'] === null)
}

function impliedType(schema: JsonObject): string {
  if ('properties' in schema) return 'object'
  if ('items' in schema) return 'array'
  const [value] = 'const' in schema ? [schema['const']] : [schema['enum']].flat()
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  if (typeof value === 'boolean') return 'boolean'
  return 'type' in schema || 'additionalProperties' in schema ? 'object' : 'string'
}

/** Both apply: properties add up, of anything else the later counts. */
function merge(one: JsonObject, other: JsonObject): JsonObject {
  const merged = { ...one, ...other }
  if (isObject(one['properties']) && isObject(other['properties'])) {
    merged['properties'] = { ...one['properties'], ...other['properties'] }
  }
  if (Array.isArray(one['required']) && Array.isArray(other['required'])) {
    merged['required'] = [
      ...new Set([...(one['required'] as unknown[]), ...(other['required'] as unknown[])]),
    ]
  }
  return merged
}
