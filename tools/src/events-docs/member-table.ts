import type { JsonSchema } from './event-schema.ts'

/** A table of all members of an event, nested ones by their path. */
export function memberTable(schema: JsonSchema): string[] {
  return [
    '| Member | Type | Meaning |',
    '| --- | --- | --- |',
    ...rowsOf(schema, '').map((cells) => `| ${cells.join(' | ')} |`),
  ]
}

function rowsOf(schema: JsonSchema, at: string): string[][] {
  const required = (schema['required'] ?? []) as string[] // by the keyword's definition
  return Object.entries(members(schema)).flatMap(([name, member]) => {
    const path = `${at}${name}`
    const meaning = [
      required.includes(name) ? '' : absent(member),
      typeof member['description'] === 'string' ? member['description'] : '',
    ]
    const row = [`\`${path}\``, typeOf(member), meaning.filter((part) => part !== '').join('; ')]
    const [inner = member] = alternatives(member).filter((each) => each['type'] !== 'null')
    const items = inner['items'] as JsonSchema | undefined
    return [row, ...(items ? rowsOf(items, `${path}[].`) : rowsOf(inner, `${path}.`))]
  })
}

function absent({ default: fallback }: JsonSchema): string {
  return fallback === undefined ? 'may be absent' : `absent = \`${JSON.stringify(fallback)}\``
}

function typeOf(schema: JsonSchema): string {
  const choices = alternatives(schema)
  if (choices.length > 1) return choices.map(typeOf).join(' or ')
  if (schema['const'] !== undefined) return `\`${JSON.stringify(schema['const'])}\``
  if (Array.isArray(schema['enum'])) {
    const values = schema['enum'].map((value) => `\`${String(value)}\``).join(', ')
    return schema['x-open-values'] === true ? `${values}, and later ones` : values
  }
  const type = [schema['type'] ?? 'anything'].flat().map(String).join(' or ')
  if (type === 'array') return `list of ${typeOf((schema['items'] ?? {}) as JsonSchema)}`
  const format = schema['format'] === 'uuid' ? ', UUID' : ''
  const { maxLength } = schema
  const longest = typeof maxLength === 'number' ? `, up to ${maxLength.toLocaleString('en')}` : ''
  return `${type}${format}${longest}`
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  return Array.isArray(schema['anyOf']) ? (schema['anyOf'] as JsonSchema[]) : [schema]
}

function members(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema['properties'] ?? {}) as Record<string, JsonSchema> // what the keyword holds
}
