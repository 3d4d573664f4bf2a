import { StoredRows } from '@sluice/contracts/rows/stored-rows'
import type { ProviderStore, RowChange } from './provider-store.ts'

type Table = 'providers' | 'models' | 'aliases'

const tables = { provider: 'providers', model: 'models', alias: 'aliases' } as const

/** For tests and simulation: lives as long as the process. */
export function createMemoryProviderStore(): ProviderStore {
  return new MemoryProviderStore()
}

class MemoryProviderStore implements ProviderStore {
  #revision = 0
  #rows: StoredRows = { providers: [], models: [], aliases: [] }

  async read() {
    // Serialised like a database does it: what a caller changes later is not changed here.
    return { revision: this.#revision, value: StoredRows.parse(structuredClone(this.#rows)) }
  }

  async revision(): Promise<number> {
    return this.#revision
  }

  async write(changes: readonly RowChange[], revision: number): Promise<number | null> {
    if (revision !== this.#revision) return null
    for (const change of changes) {
      if ('put' in change) this.#put(change)
      else this.#remove(tables[change.remove], change.tenant, change.name)
    }
    return (this.#revision += 1)
  }

  async renewLease(tenant: string | null, name: string, endsAt: number): Promise<boolean> {
    const found = this.#rows.providers.find(
      (each) => each.tenant === tenant && each.row.name === name && each.leaseEndsAt !== null,
    )
    if (!found) return false
    this.#put({ put: 'provider', row: { ...found, leaseEndsAt: endsAt } })
    return true
  }

  async endLeases(now: number) {
    const leased = this.#rows.providers.filter(({ leaseEndsAt }) => leaseEndsAt !== null)
    const over = leased.filter(({ leaseEndsAt }) => (leaseEndsAt ?? 0) <= now)
    for (const { tenant, row } of over) this.#remove('providers', tenant, row.name)
    if (over.length > 0) this.#revision += 1
    const ends = leased.flatMap(({ leaseEndsAt: at }) => (at !== null && at > now ? [at] : []))
    return {
      removed: over.map(({ tenant, row }) => ({ tenant, name: row.name })),
      nextEndsAt: ends.length === 0 ? null : Math.min(...ends),
    }
  }

  #put(change: Extract<RowChange, { put: unknown }>): void {
    const { tenant } = change.row
    const name = nameOf(change.row)
    const table = tables[change.put]
    const others = this.#without(table, tenant, name)
    this.#rows = { ...this.#rows, [table]: [...others, structuredClone(change.row)] }
  }

  #remove(table: Table, tenant: string | null, name: string): void {
    const models = this.#rows.models.filter(
      (model) => !(table === 'providers' && model.tenant === tenant && model.row.provider === name),
    )
    this.#rows = { ...this.#rows, models }
    this.#rows = { ...this.#rows, [table]: this.#without(table, tenant, name) }
  }

  #without(table: Table, tenant: string | null, name: string) {
    const rows: readonly NamedRow[] = this.#rows[table]
    return rows.filter((row) => row.tenant !== tenant || nameOf(row) !== name)
  }
}

type NamedRow = StoredRows[Table][number]

function nameOf(row: NamedRow): string {
  return 'name' in row ? row.name : row.row.name
}
