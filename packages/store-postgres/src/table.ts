import type { Value } from './database.ts'

/** SQL types that rows of our own are made of. Times are `bigint`, lists and objects `jsonb`. */
export type ColumnType = 'text' | 'bigint' | 'integer' | 'boolean' | 'jsonb'

/** Where the members of a row lie in a table: `maxNanoUsd` in `max_nano_usd`, unless its column has a name of its own. */
export class Table<Row> {
  readonly name: string
  readonly #types: Readonly<Record<keyof Row & string, ColumnType>>
  readonly #names: Readonly<Partial<Record<keyof Row & string, string>>> | undefined

  constructor(
    name: string,
    types: Readonly<Record<keyof Row & string, ColumnType>>,
    names?: Readonly<Partial<Record<keyof Row & string, string>>>,
  ) {
    this.name = name
    this.#types = types
    this.#names = names
  }

  get members(): readonly (keyof Row & string)[] {
    return Object.keys(this.#types) as (keyof Row & string)[]
  }

  column(member: keyof Row & string): string {
    return (
      this.#names?.[member] ?? member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    )
  }

  /** `max_nano_usd, thresholds`. */
  columns(members: readonly (keyof Row & string)[]): string {
    return members.map((member) => this.column(member)).join(', ')
  }

  /** `$3::bigint, $4::jsonb`: the places of their values in a statement. */
  places(members: readonly (keyof Row & string)[], from = 1): string {
    return members
      .map((member, index) => `$${String(from + index)}::${this.#types[member]}`)
      .join(', ')
  }

  values(members: readonly (keyof Row & string)[], row: Partial<Row>): readonly Value[] {
    return members.map((member) => {
      const value = row[member] ?? null
      return value !== null && this.#types[member] === 'jsonb'
        ? JSON.stringify(value)
        : (value as Value)
    })
  }

  /** A row as `row_to_json` shows it. */
  fromJson(json: Readonly<Record<string, unknown>>): Row {
    const row = this.members.map((member) => [member, json[this.column(member)] ?? null])
    return Object.fromEntries(row) as Row
  }

  /** Of a `JsonRow`. */
  parse({ row }: JsonRow): Row {
    return this.fromJson(JSON.parse(row) as Record<string, unknown>)
  }
}

/** What `row_to_json(…)::text AS row` gives. */
export interface JsonRow {
  readonly row: string
}
