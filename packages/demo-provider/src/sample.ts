type Schema = Readonly<Record<string, unknown>>

/** A schema nested deeper is answered with nulls: it may refer to itself. */
const maxDepth = 12

/** A value that a JSON schema allows: the same for the same schema and text. Keywords that narrow a type (`pattern`, `minimum` …) are not looked at. */
export function sampleOf(schema: unknown, text: string, onlyRequired = false): unknown {
  const root = objectOf(schema)
  const sample = (node: unknown, depth: number): unknown => {
    const wanted = resolve(objectOf(node), root)
    if (depth > maxDepth) return null
    if ('const' in wanted) return wanted['const']
    const [first] = listOf(wanted['enum'])
    if (first !== undefined) return first
    const choices = [...listOf(wanted['anyOf']), ...listOf(wanted['oneOf'])]
    if (choices.length > 0) return sample(choices[0], depth + 1)
    switch (typeOf(wanted)) {
      case 'string':
        return text
      case 'integer':
      case 'number':
        return 7
      case 'boolean':
        return true
      case 'null':
        return null
      case 'array':
        return [sample(wanted['items'], depth + 1)]
      default:
        return Object.fromEntries(
          members(wanted, onlyRequired).map(([name, property]) => [
            name,
            sample(property, depth + 1),
          ]),
        )
    }
  }
  return sample(root, 0)
}

/** What a tool is called with: the members that its schema requires (all, where it does not say), or two of our own where it declares none. */
export function argumentsFor(schema: unknown, text: string, index: number): unknown {
  const root = objectOf(schema)
  const declared = objectOf(resolve(root, root)['properties'])
  if (Object.keys(declared).length === 0) return { query: text, index }
  const sample = objectOf(sampleOf(schema, text, true))
  return typeof sample['index'] === 'number' ? { ...sample, index } : sample
}

function members(wanted: Schema, onlyRequired: boolean): (readonly [string, unknown])[] {
  const properties = objectOf(wanted['properties'])
  if (!onlyRequired || !Array.isArray(wanted['required'])) return Object.entries(properties)
  const names = new Set(listOf(wanted['required']).filter((name) => typeof name === 'string'))
  return [...names].map((name) => [name, properties[name] ?? { type: 'string' }] as const)
}

/** Google writes types in capitals. */
function typeOf({ type }: Schema): string {
  const first = listOf(type)[0] ?? type
  return typeof first === 'string' ? first.toLowerCase() : 'object'
}

/** `{"$ref": "#/$defs/city"}` → what is there. */
function resolve(node: Schema, root: Schema): Schema {
  const reference = node['$ref']
  if (typeof reference !== 'string') return node
  let found: unknown = root
  for (const step of reference.split('/').slice(1)) found = objectOf(found)[step]
  return objectOf(found)
}

function objectOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? (value as Schema) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}
