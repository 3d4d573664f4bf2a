import { keyIdWithoutPerson } from '@sluice/contracts/caller'
import type { LakeTable } from '@sluice/contracts/lake/table'
import { quarantine } from '@sluice/contracts/lake/tables'
import type { IcebergTable } from '@sluice/iceberg'
import { compact, expireSnapshots, removeOrphans } from '@sluice/iceberg/maintenance'
import type { Predicate } from '@sluice/iceberg/predicate'
import type { Row } from '@sluice/iceberg/schema'
import type { Clock } from '@sluice/kernel/clock'
import { targetFileBytes, timeColumn } from './definition.ts'
import type {
  AppliedTable,
  ErasedTable,
  Lake,
  LakePeriod,
  LakeSubject,
  MaintainedTable,
  PartitionProgress,
  TableCount,
} from './lake.ts'
import type { LakeFolder } from './lake-folder.ts'
import { readProgress } from './topic-progress.ts'

const dayMs = 86_400_000

export interface FolderLakeOptions {
  readonly folder: LakeFolder
  readonly clock: Clock
  /** How long a reader may go on with what it began to read. */
  readonly keepSnapshotsMs: number
  /** Files that no snapshot has are removed after so long. */
  readonly orphanAgeMs: number
  /** Small files of a partition that are worth one large one. */
  readonly minFiles: number
}

/** The lake in a folder. Whoever calls it sees to it that nobody else writes the folder, and that one call runs at a time. */
export class FolderLake implements Lake {
  readonly catalogue = 'folder'
  readonly #options: FolderLakeOptions

  constructor(options: FolderLakeOptions) {
    this.#options = options
  }

  get location(): string {
    return this.#options.folder.path
  }

  async apply(tables: readonly LakeTable[]): Promise<readonly AppliedTable[]> {
    const applied: AppliedTable[] = []
    for (const table of tables) {
      const { created, addedColumns } = await this.#options.folder.apply(table)
      applied.push({ table: table.name, created, addedColumns })
    }
    return applied
  }

  async count(table: LakeTable, { from, to }: LakePeriod): Promise<TableCount> {
    const found = await this.#options.folder.table(table)
    if (!found) return { rows: 0, distinct: 0 }
    const view = await found.view()
    const time = timeColumn(table)
    let rows = 0
    let distinct = 0
    // Day by day: a key has one time, and the keys of one day fit into memory.
    const files = await view.plan(during(time, from, to))
    for (const ofDay of Map.groupBy(files, ({ file }) => file.partition[0]).values()) {
      const keys = new Set<string>()
      for (const live of ofDay) {
        const scan = { where: during(time, from, to), columns: ['tenant_id', table.key] }
        for (const row of await view.read(live, scan)) {
          rows += 1
          keys.add(`${String(row['tenant_id'])} ${String(row[table.key])}`)
        }
      }
      distinct += keys.size
    }
    return { rows, distinct }
  }

  async progress(table: LakeTable): Promise<readonly PartitionProgress[]> {
    if (!table.topic) return []
    const { folder } = this.#options
    const summaryOf = async (of: LakeTable) => {
      const found = await folder.table(of)
      return found ? (await found.view()).summary : {}
    }
    const written = readProgress(await summaryOf(table), table.topic.name)
    const refused = readProgress(await summaryOf(quarantine), table.topic.name)
    return Object.entries(written).map(([partition, { first, next, rows, duplicates }]) => ({
      partition: Number(partition),
      firstOffset: first,
      nextOffset: next,
      rows,
      quarantined: refused[partition]?.rows ?? 0,
      duplicates,
    }))
  }

  async maintain(tables: readonly LakeTable[]): Promise<readonly MaintainedTable[]> {
    const { folder, clock, keepSnapshotsMs, orphanAgeMs, minFiles } = this.#options
    const maintained: MaintainedTable[] = []
    for (const table of tables) {
      const found = await folder.table(table)
      if (!found) continue
      const { removed } = await removePast(found, table, clock.now())
      const files = await compact(found, { targetBytes: targetFileBytes, minFiles })
      const olderThan = clock.now() - keepSnapshotsMs
      const expired = await expireSnapshots(found, { olderThan, keepLast: 1 })
      const orphans = await removeOrphans(found, { olderThan: clock.now() - orphanAgeMs })
      maintained.push({
        table: table.name,
        filesBefore: files.before,
        filesAfter: files.after,
        snapshotsDropped: expired.snapshots,
        filesRemoved: expired.files + orphans,
        rowsRemoved: removed,
      })
    }
    return maintained
  }

  async erase(tables: readonly LakeTable[], subject: LakeSubject): Promise<readonly ErasedTable[]> {
    const erased: ErasedTable[] = []
    for (const table of tables) {
      if (table.erase === 'keep') continue
      const found = await this.#options.folder.table(table)
      if (!found) continue
      const { removed, changed } = await found.rewrite(...erasureOf(table, subject))
      // Whatever a change that was killed has left may hold the rows, too.
      await expireSnapshots(found, { olderThan: Infinity, keepLast: 1 })
      await removeOrphans(found, { olderThan: Infinity })
      erased.push({ table: table.name, rowsRemoved: removed, rowsChanged: changed })
    }
    return erased
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Files are opened when they are read.
  }
}

function during(column: string, from: number, to: number): Predicate[] {
  return [{ column, from: BigInt(from) * 1_000n, before: BigInt(to) * 1_000n }]
}

/** Whole days, so that files go without being read. */
function removePast(found: IcebergTable, table: LakeTable, now: number) {
  if (table.retentionDays === null) return { removed: 0 }
  const midnight = Math.floor(now / dayMs - table.retentionDays) * dayMs
  const before = BigInt(midnight) * 1_000n
  return found.rewrite([{ column: timeColumn(table), before }], 'remove')
}

/** Which rows are the subject’s, and what becomes of them: those of a person have their name or one of their keys. */
function erasureOf(
  table: LakeTable,
  { tenantId, userId, keyIds }: LakeSubject,
): Parameters<IcebergTable['rewrite']> {
  const ofTenant = { column: 'tenant_id', in: [tenantId] }
  const names = userId === null ? null : [userId, ...keyIds]
  if (table.erase === 'delete')
    return [names ? [ofTenant, { column: 'user_id', in: names }] : [ofTenant], 'remove']
  const isTheirs = (row: Row) =>
    names?.some((name) => name === row['user_id'] || name === row['key_id']) ?? true
  // Bills outlive the person, as they do in the ledger.
  const forget = (row: Row) =>
    row['user_id'] !== null && isTheirs(row)
      ? { ...row, user_id: null, key_id: keyIdWithoutPerson(String(row['key_id'])) }
      : row
  return [[ofTenant], forget]
}
