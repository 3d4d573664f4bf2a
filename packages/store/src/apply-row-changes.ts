import type { StoredRows } from '@sluice/contracts/rows/stored-rows'
import type { RowChange } from './provider-store.ts'

type Table = 'providers' | 'models' | 'aliases'
type NamedRow = StoredRows[Table][number]

const tables = { provider: 'providers', model: 'models', alias: 'aliases' } as const

/** What the rows are after the changes. */
export function applyRowChanges(rows: StoredRows, changes: readonly RowChange[]): StoredRows {
  return changes.reduce(applied, rows)
}

function applied(rows: StoredRows, change: RowChange): StoredRows {
  if ('put' in change) {
    const table = tables[change.put]
    const { row } = change
    return { ...rows, [table]: [...without(rows[table], row.tenant, nameOf(row)), row] }
  }
  const { remove, tenant, name } = change
  const table = tables[remove]
  const kept = { ...rows, [table]: without(rows[table], tenant, name) }
  if (remove !== 'provider') return kept
  const models = kept.models.filter(
    (model) => model.tenant !== tenant || model.row.provider !== name,
  )
  return { ...kept, models }
}

function without(rows: readonly NamedRow[], tenant: string | null, name: string): NamedRow[] {
  return rows.filter((row) => row.tenant !== tenant || nameOf(row) !== name)
}

function nameOf(row: NamedRow): string {
  return 'name' in row ? row.name : row.row.name
}
