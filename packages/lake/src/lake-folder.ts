import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { lakeNamespace, type LakeTable } from '@sluice/contracts/lake/table'
import { IcebergTable } from '@sluice/iceberg'
import type { Clock } from '@sluice/kernel/clock'
import { tableDefinition } from './definition.ts'
import { carried } from './topic-progress.ts'

/** The tables in `LAKE_DIR/gateway/<table>`; each is made when something is first written to it. */
export class LakeFolder {
  readonly path: string
  readonly #clock: Clock
  readonly #open = new Map<string, IcebergTable>()

  constructor(path: string, { clock }: { readonly clock: Clock }) {
    this.path = path
    this.#clock = clock
  }

  /** Null while nothing has been written to it. */
  async table({ name }: LakeTable): Promise<IcebergTable | null> {
    const known = this.#open.get(name)
    if (known) return known
    const table = await IcebergTable.open(this.#folderOf(name), this.#options)
    if (table) this.#open.set(name, table)
    return table
  }

  /** With every column that the contract has. */
  async ensure(table: LakeTable): Promise<IcebergTable> {
    return (await this.apply(table)).table
  }

  async apply(
    table: LakeTable,
  ): Promise<{ table: IcebergTable; created: boolean; addedColumns: readonly string[] }> {
    const definition = tableDefinition(table)
    const known = await this.table(table)
    if (known) {
      const addedColumns = await known.evolve(definition.schema)
      return { table: known, created: false, addedColumns }
    }
    const folder = this.#folderOf(table.name)
    // What people wrote is in here: for the owner of the data alone.
    await mkdir(this.path, { recursive: true, mode: 0o700 })
    const created = await IcebergTable.create(folder, definition, this.#options)
    this.#open.set(table.name, created)
    return { table: created, created: true, addedColumns: [] }
  }

  #folderOf(name: string): string {
    return join(this.path, lakeNamespace, name)
  }

  get #options() {
    return { clock: this.#clock, carried }
  }
}
