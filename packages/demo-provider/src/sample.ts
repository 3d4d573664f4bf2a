type Schema = Readonly<Record<string, unknown>>

/** A schema nested deeper is answered with nulls: it may refer to itself. */
const maxDepth = 12

/** A value that a JSON schema allows: the same for the same schema and text. Keywords that narrow a type (`pattern`, `minimum` …) are not looked at. */
export function sampleOf(schema: unknown, text: string): unknown {
  const root = objectOf(schema)
  const sample = (node: unknown, depth: number): unknown => {
    const wanted = resolve(objectOf(node), root)
    if (depth > maxDepth) return null
    if ('const' in wanted) return wanted['const']
    const [first] = listOf(wanted['enum'])
    if (first !== undefined) return first
    const choices = [...listOf(wanted['anyOf']), ...listOf(wanted['oneOf'])]
    if (choices.length > 0) return sample(choices[0], depth + 1)
    switch (listOf(wanted['type'])[0] ?? wanted['type'] ?? 'object') {
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
          Object.entries(objectOf(wanted['properties'])).map(([name, property]) => [
            name,
            sample(property, depth + 1),
          ]),
        )
    }
  }
  return sample(root, 0)
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
