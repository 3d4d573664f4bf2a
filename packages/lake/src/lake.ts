import type { LakeTable } from '@sluice/contracts/lake/table'

/**
 * The tables of the lake as an operator handles them, whichever catalogue they are in: Iceberg in a folder (the embedded default), or a
 * catalogue that Flink writes to. Every method may be repeated after a failure.
 */
export interface Lake extends AsyncDisposable {
  readonly catalogue: 'folder' | 'jdbc' | 'rest'
  /** Where the tables are, for people. */
  readonly location: string

  /** Creates tables that are missing and adds columns that are missing; changes nothing else. Refuses a column of another type. */
  apply(tables: readonly LakeTable[]): Promise<readonly AppliedTable[]>
  /** What is in a fact table of the period; a table that is not there is empty. */
  count(table: LakeTable, period: LakePeriod): Promise<TableCount>
  /** What became of the events of the table's topic, since the table was made. */
  progress(table: LakeTable): Promise<readonly PartitionProgress[]>
  /** Removes rows past their retention, rewrites small files into large ones, drops snapshots and the files that nothing refers to. */
  maintain(tables: readonly LakeTable[]): Promise<readonly MaintainedTable[]>
  /**
   * Removes somebody's rows, or their name from rows that stay (`LakeTable.erase`), and drops every snapshot that still has them: once it
   * resolves, no file that it can remove holds them.
   */
  erase(tables: readonly LakeTable[], subject: LakeSubject): Promise<readonly ErasedTable[]>
}

export interface AppliedTable {
  readonly table: string
  readonly created: boolean
  readonly addedColumns: readonly string[]
}

/** By the table's own time (the source of its day partition), Unix ms, `to` excluded. */
export interface LakePeriod {
  readonly from: number
  readonly to: number
}

export interface TableCount {
  readonly rows: number
  /** Rows with an equal key are one. */
  readonly distinct: number
}

/** Of one partition of a topic: `nextOffset - firstOffset` = `rows + quarantined + duplicates` where the log has no gaps. */
export interface PartitionProgress {
  readonly partition: number
  /** The oldest one that the writer was given. */
  readonly firstOffset: number
  /** The first one that is not in the lake yet. */
  readonly nextOffset: number
  /** Rows that were written, erased ones too. */
  readonly rows: number
  readonly quarantined: number
  /** Dropped, since a row with their key was there. Null: the writer does not say; it is what is left. */
  readonly duplicates: number | null
}

export interface MaintainedTable {
  readonly table: string
  readonly filesBefore: number
  readonly filesAfter: number
  readonly snapshotsDropped: number
  readonly filesRemoved: number
  /** Past the table's retention. */
  readonly rowsRemoved: number
}

/** A person of a tenant, or a whole tenant. */
export interface LakeSubject {
  readonly tenantId: string
  /** Null: everybody's. */
  readonly userId: string | null
  /** Keys of that person: rows that name one of them are theirs. */
  readonly keyIds: readonly string[]
}

export interface ErasedTable {
  readonly table: string
  readonly rowsRemoved: number
  /** That stay, without their name. */
  readonly rowsChanged: number
}
