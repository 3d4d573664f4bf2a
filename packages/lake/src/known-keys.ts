import type { LakeTable } from '@sluice/contracts/lake/table'
import type { Row } from '@sluice/iceberg/schema'
import type { TableView } from '@sluice/iceberg/table-view'
import { transformed } from '@sluice/iceberg/transforms'
import { timeColumn } from './definition.ts'
import { HashSet } from './hash-set.ts'

/** Days whose keys are kept in memory, 8 bytes a row: those written to last. */
const keptDays = 4
const dayUs = 86_400_000_000n

/**
 * Which facts a table has, so that one that the log holds twice is one row. A repetition says the same, the time included, so that it is looked
 * for among the rows of its own day, however old that is, and of the other days in memory. Hashes answer "no"; "maybe" is looked up in the files.
 */
export class KnownKeys {
  readonly #table: LakeTable
  readonly #time: string
  /** In the order of their use. */
  readonly #days = new Map<number, HashSet>()

  constructor(table: LakeTable) {
    this.#table = table
    this.#time = timeColumn(table)
  }

  /** Without rows that are there already or come twice among these; the first one stays. */
  async withoutKnown(rows: readonly Row[], view: TableView): Promise<readonly Row[]> {
    const once = new Map<string, Row>()
    for (const row of rows) {
      const key = this.#keyOf(row)
      if (!once.has(key)) once.set(key, row)
    }
    for (const day of new Set([...once.values()].map((row) => this.#dayOf(row))))
      await this.#load(day, view)
    const suspects = [...once].filter(([key]) =>
      [...this.#days.values()].some((keys) => keys.mayHave(key)),
    )
    if (suspects.length > 0) {
      const there = await this.#find(
        suspects.map(([, row]) => row),
        view,
      )
      for (const key of there) once.delete(key)
    }
    return [...once.values()]
  }

  /** They are in the table from now on. */
  add(rows: readonly Row[]): void {
    for (const row of rows) this.#days.get(this.#dayOf(row))?.add(this.#keyOf(row))
  }

  #keyOf(row: Row): string {
    return `${String(row['tenant_id'])} ${String(row[this.#table.key])}`
  }

  #dayOf(row: Row): number {
    return Number(transformed('day', row[this.#time] ?? null))
  }

  get #columns(): string[] {
    return ['tenant_id', this.#table.key, this.#time]
  }

  async #load(day: number, view: TableView): Promise<void> {
    const known = this.#days.get(day)
    this.#days.delete(day)
    const keys = known ?? new HashSet()
    this.#days.set(day, keys)
    for (const oldest of this.#days.keys()) {
      if (this.#days.size <= keptDays) break
      this.#days.delete(oldest)
    }
    if (known) return
    const from = BigInt(day) * dayUs
    const where = [{ column: this.#time, from, before: from + dayUs }]
    for await (const row of view.rows({ where, columns: this.#columns })) keys.add(this.#keyOf(row))
  }

  async #find(suspects: readonly Row[], view: TableView): Promise<ReadonlySet<string>> {
    const days = [...this.#days.keys()]
    const where = [
      { column: 'tenant_id', in: textsOf(suspects, 'tenant_id') },
      { column: this.#table.key, in: textsOf(suspects, this.#table.key) },
      {
        column: this.#time,
        from: BigInt(Math.min(...days)) * dayUs,
        before: BigInt(Math.max(...days) + 1) * dayUs,
      },
    ]
    const found = new Set<string>()
    for await (const row of view.rows({ where, columns: this.#columns }))
      found.add(this.#keyOf(row))
    return found
  }
}

function textsOf(rows: readonly Row[], column: string): string[] {
  return [...new Set(rows.map((row) => String(row[column])))]
}
