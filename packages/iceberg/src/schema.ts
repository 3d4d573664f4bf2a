/** Primitive types of Iceberg that tables here may use. */
export type PrimitiveType = 'string' | 'int' | 'long' | 'boolean' | 'timestamptz' | 'binary'

/** `long` is a bigint, `timestamptz` a bigint of µs since 1970 UTC, `binary` bytes, `int` a number. */
export type Value = string | number | bigint | boolean | Uint8Array | null

export type Row = Readonly<Record<string, Value>>

export interface Field {
  /** For ever, and of no other column. */
  readonly id: number
  readonly name: string
  readonly type: PrimitiveType
  readonly required: boolean
  readonly doc?: string
}

export interface Schema {
  readonly fields: readonly Field[]
}

export type Transform = 'identity' | 'day' | `bucket[${number}]`

export interface PartitionField {
  readonly name: string
  readonly transform: Transform
  /** Of the column. */
  readonly sourceId: number
  /** Of the partition field, from 1000. */
  readonly fieldId: number
}

/** What a table is made from. */
export interface TableDefinition {
  readonly schema: Schema
  readonly partition: readonly PartitionField[]
  /** Ids of the columns that files are sorted by. */
  readonly sort: readonly number[]
  /** Iceberg table properties. `write.metadata.metrics.column.<name>` = `full` lets a column's bounds stand in manifests. */
  readonly properties: Readonly<Record<string, string>>
}

export function fieldNamed({ fields }: Schema, name: string): Field {
  const found = fields.find((field) => field.name === name)
  if (!found) throw new TypeError(`there is no column ${name}`)
  return found
}

export function fieldWith({ fields }: Schema, id: number): Field {
  const found = fields.find((field) => field.id === id)
  if (!found) throw new TypeError(`there is no column with id ${String(id)}`)
  return found
}

const boundsProperty = 'write.metadata.metrics.column.'

export function askForBounds(name: string): readonly [string, string] {
  return [`${boundsProperty}${name}`, 'full']
}

/** Only columns that ask for them: bounds are values, and outlive the row in whatever lists its file. */
export function hasBounds(name: string, properties: Readonly<Record<string, string>>): boolean {
  return properties[`${boundsProperty}${name}`] === 'full'
}
