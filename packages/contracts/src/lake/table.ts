import type { TopicLayout } from '../topics/topic.ts'

/** Primitive types of Iceberg that the tables use. */
export type ColumnType = 'string' | 'int' | 'long' | 'boolean' | 'timestamptz' | 'binary'

/**
 * Where the value of a column is found.
 *
 *   path      `$.a.b` in the event's JSON; null there is null here
 *   json      the object or list at that path, as JSON text with its keys in order
 *   ms        Unix ms at that path, as a time
 *   record    `partition`, `offset`, `timestamp`, `topic` or `value` of the record itself
 *   written   the time at which the row is written
 */
export type ColumnSource =
  | { readonly path: string; readonly as?: 'json' | 'ms' }
  | { readonly record: 'partition' | 'offset' | 'timestamp' | 'topic' | 'value' }
  | { readonly written: true }
  /** Why a record is in quarantine; of no other table. */
  | { readonly reason: true }

export interface LakeColumn {
  /** Iceberg field id: for ever, never given to another column. */
  readonly id: number
  readonly name: string
  readonly type: ColumnType
  /** An event without it goes to quarantine. */
  readonly required: boolean
  readonly doc: string
  readonly from: ColumnSource
  /**
   * Its smallest and largest value may stand in manifests, so that readers skip files. Never of a column with what people wrote: a row that is
   * erased must leave nothing behind.
   */
  readonly bounds: boolean
}

export interface PartitionField {
  /** Iceberg partition field id, from 1000. */
  readonly id: number
  readonly name: string
  readonly source: string
  readonly transform: 'day' | `bucket[${number}]`
}

/** A table of the lake: namespace `gateway`, catalogue `lake`. Both writers (Flink and the embedded one) make the same of it. */
export interface LakeTable {
  readonly name: string
  readonly description: string
  /** What its rows are made from; null = records of any topic that are not what their contract says. */
  readonly topic: TopicLayout | null
  /** The column that names a fact for ever: rows with an equal one are one row. */
  readonly key: string
  /** In the order of their ids. */
  readonly columns: readonly LakeColumn[]
  readonly partition: readonly PartitionField[]
  /** Compaction sorts by these. */
  readonly sort: readonly string[]
  /** What an erasure does to a person's rows; `keep` = there is nothing of a person in them. */
  readonly erase: 'delete' | 'forget-user' | 'keep'
  /** Days that rows are kept; null = for ever. */
  readonly retentionDays: number | null
}

export const lakeNamespace = 'gateway'
export const lakeCatalogue = 'lake'

/** As Iceberg table properties. */
export const tableProperties: Readonly<Record<string, string>> = {
  'format-version': '2',
  'write.parquet.compression-codec': 'zstd',
  'write.target-file-size-bytes': '134217728',
  'write.distribution-mode': 'hash',
  'write.metadata.delete-after-commit.enabled': 'true',
  'write.metadata.previous-versions-max': '50',
  'commit.retry.num-retries': '10',
  'write.metadata.metrics.default': 'counts',
}

export function defineTable(table: LakeTable): LakeTable {
  return Object.freeze(table)
}
