import type { LakeTable } from '@sluice/contracts/lake/table'
import { usage } from '@sluice/contracts/lake/tables'
import type { Lake, LakePeriod } from './lake.ts'

export interface LakeDifference {
  readonly kind: 'offsets' | 'duplicate-rows' | 'ledger'
  readonly table: string
  readonly detail: string
  /** How many events or rows too many (above 0) or too few. */
  readonly by: number
}

export interface LakeReconciliation {
  readonly tables: readonly {
    readonly table: string
    readonly rows: number
    readonly distinct: number
    readonly events: number
    readonly quarantined: number
    readonly duplicates: number
  }[]
  /** Bills of the period; null = not asked. */
  readonly bills: number | null
  readonly differences: readonly LakeDifference[]
}

/**
 * Whether the lake has every fact once. Of each partition: offsets = rows + quarantined + duplicates. Of each table: as many rows as keys. Of the
 * bills: as many distinct ids as the ledger has that ended in the period. Tolerance 0; nothing is mended.
 */
export async function reconcileLake(
  lake: Lake,
  tables: readonly LakeTable[],
  period: LakePeriod,
  countBills: ((period: LakePeriod) => Promise<number>) | null,
): Promise<LakeReconciliation> {
  const differences: LakeDifference[] = []
  const differ = (kind: LakeDifference['kind'], table: string, by: number, detail: string) => {
    if (by !== 0) differences.push({ kind, table, by, detail })
  }
  const counted = []
  for (const table of tables) {
    if (!table.topic) continue
    const progress = await lake.progress(table)
    let [events, quarantined, duplicates] = [0, 0, 0]
    for (const each of progress) {
      const span = each.nextOffset - each.firstOffset
      const told = each.rows + each.quarantined
      const repeated = each.duplicates ?? span - told
      events += span
      quarantined += each.quarantined
      duplicates += repeated
      const detail = `partition ${String(each.partition)}: ${String(span)} offsets, ${String(each.rows)} rows, ${String(each.quarantined)} quarantined, ${String(repeated)} duplicates`
      differ(
        'offsets',
        table.name,
        each.duplicates === null ? Math.min(0, repeated) : told + repeated - span,
        detail,
      )
    }
    const { rows, distinct } = await lake.count(table, period)
    const detail = `${String(rows)} rows, ${String(distinct)} keys`
    differ('duplicate-rows', table.name, rows - distinct, detail)
    counted.push({ table: table.name, rows, distinct, events, quarantined, duplicates })
  }
  const bills = countBills && (await countBills(period))
  const ofUsage = counted.find(({ table }) => table === usage.name)
  if (bills !== null && ofUsage) {
    const detail = `${String(ofUsage.distinct)} ids, ${String(bills)} bills`
    differ('ledger', usage.name, ofUsage.distinct - bills, detail)
  }
  return { tables: counted, bills, differences }
}
