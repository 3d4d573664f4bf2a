import { GatewayError } from '@sluice/kernel/errors'
import { readAvro, writeAvro } from './avro-file.ts'
import { compareValues, encodeBound } from './bounds.ts'
import type { DataFile, LiveFile } from './data-file.ts'
import { icebergErrors } from './errors.ts'
import { manifestListSchema, manifestSchema } from './manifest-schemas.ts'
import { schemaJson, specFieldsJson } from './metadata.ts'
import { fieldWith, type PartitionField, type Schema } from './schema.ts'
import { partitionType } from './transforms.ts'

/** What a manifest list says of one manifest. */
export interface ManifestFile {
  readonly path: string
  readonly length: number
  readonly specId: number
  readonly sequence: bigint
  readonly minSequence: bigint
  readonly addedSnapshotId: bigint
  readonly addedFiles: number
  readonly existingFiles: number
  readonly addedRows: bigint
  readonly existingRows: bigint
  readonly partitions: readonly PartitionSummary[]
}

interface PartitionSummary {
  readonly contains_null: boolean
  readonly contains_nan: boolean | null
  readonly lower_bound: Uint8Array | null
  readonly upper_bound: Uint8Array | null
}

export interface Layout {
  readonly schema: Schema
  readonly schemaId: number
  readonly partition: readonly PartitionField[]
  readonly specId: number
}

const status = { existing: 0, added: 1, deleted: 2 } as const

export function encodeManifest(files: readonly LiveFile[], layout: Layout): Buffer {
  const { schema, schemaId, partition, specId } = layout
  return writeAvro(
    manifestSchema(schema, partition),
    files.map((live) => entry(live, layout)),
    {
      schema: JSON.stringify(schemaJson(schema, schemaId)),
      'schema-id': String(schemaId),
      'partition-spec': JSON.stringify(specFieldsJson(partition)),
      'partition-spec-id': String(specId),
      'format-version': '2',
      content: 'data',
    },
  )
}

function entry({ file, snapshotId, sequence, fileSequence }: LiveFile, { partition }: Layout) {
  return {
    status: sequence === null ? status.added : status.existing,
    snapshot_id: snapshotId,
    sequence_number: sequence,
    file_sequence_number: fileSequence,
    data_file: {
      content: 0,
      file_path: file.path,
      file_format: 'PARQUET',
      partition: Object.fromEntries(
        partition.map(({ name }, i) => [name, file.partition[i] ?? null]),
      ),
      record_count: BigInt(file.records),
      file_size_in_bytes: BigInt(file.bytes),
      value_counts: pairs(file.values, BigInt),
      null_value_counts: pairs(file.nulls, BigInt),
      lower_bounds: pairs(file.lower, asBuffer),
      upper_bounds: pairs(file.upper, asBuffer),
      sort_order_id: 1,
    },
  }
}

function pairs<In, Out>(values: Readonly<Record<number, In>>, convert: (value: In) => Out) {
  return Object.entries(values).map(([key, value]) => ({ key: Number(key), value: convert(value) }))
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

interface Pair {
  readonly key: number
  readonly value: unknown
}

interface EntryRecord {
  readonly status: number
  readonly snapshot_id: bigint | null
  readonly sequence_number: bigint | null
  readonly file_sequence_number: bigint | null
  readonly data_file: {
    readonly content: number
    readonly file_path: string
    readonly partition: Readonly<Record<string, string | number | null>>
    readonly record_count: bigint
    readonly file_size_in_bytes: bigint
    readonly value_counts: readonly Pair[] | null
    readonly null_value_counts: readonly Pair[] | null
    readonly lower_bounds: readonly Pair[] | null
    readonly upper_bounds: readonly Pair[] | null
  }
}

/** Whoever left them out would give back rows that somebody deleted. */
const noDeletes = 'the table has delete files, which are not read here: compact it'

/** The files that are there by this manifest: what it says inherits from the list's row of it. */
export function decodeManifest(
  bytes: Buffer,
  { partition }: Pick<Layout, 'partition'>,
  from: Pick<ManifestFile, 'addedSnapshotId' | 'sequence'>,
): LiveFile[] {
  const records = readAvro(bytes).records as unknown as readonly EntryRecord[]
  return records.flatMap((record) => {
    if (record.status === status.deleted) return []
    const { data_file } = record
    if (data_file.content !== 0) throw new GatewayError(icebergErrors.table_unreadable, noDeletes)
    const file: DataFile = {
      path: data_file.file_path,
      partition: partition.map(({ name }) => data_file.partition[name] ?? null),
      records: Number(data_file.record_count),
      bytes: Number(data_file.file_size_in_bytes),
      values: unpaired(data_file.value_counts, Number),
      nulls: unpaired(data_file.null_value_counts, Number),
      lower: unpaired(data_file.lower_bounds, (value) => value as Uint8Array),
      upper: unpaired(data_file.upper_bounds, (value) => value as Uint8Array),
    }
    return {
      file,
      snapshotId: record.snapshot_id ?? from.addedSnapshotId,
      sequence: record.sequence_number ?? from.sequence,
      fileSequence: record.file_sequence_number ?? from.sequence,
    }
  })
}

function unpaired<Out>(pairs: readonly Pair[] | null, convert: (value: unknown) => Out) {
  return Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, convert(value)]))
}

export function describeManifest(
  path: string,
  length: number,
  files: readonly LiveFile[],
  { snapshotId, sequence, layout }: { snapshotId: bigint; sequence: bigint; layout: Layout },
): ManifestFile {
  const added = files.filter((live) => live.sequence === null)
  const existing = files.filter((live) => live.sequence !== null)
  const sequences = files.map((live) => live.sequence ?? sequence)
  return {
    path,
    length,
    specId: layout.specId,
    sequence,
    minSequence: sequences.reduce((a, b) => (a < b ? a : b), sequence),
    addedSnapshotId: snapshotId,
    addedFiles: added.length,
    existingFiles: existing.length,
    addedRows: rowsOf(added),
    existingRows: rowsOf(existing),
    partitions: layout.partition.map((field, i) => summaryOf(field, i, files, layout.schema)),
  }
}

function rowsOf(files: readonly LiveFile[]): bigint {
  return BigInt(files.reduce((sum, { file }) => sum + file.records, 0))
}

function summaryOf(
  { transform, sourceId }: PartitionField,
  index: number,
  files: readonly LiveFile[],
  schema: Schema,
): PartitionSummary {
  const type = partitionType(transform, fieldWith(schema, sourceId).type)
  const values = files.flatMap(({ file }) => file.partition[index] ?? []).toSorted(compareValues)
  const [lowest] = values
  const highest = values.at(-1)
  return {
    contains_null: values.length < files.length,
    contains_nan: null,
    lower_bound: lowest === undefined ? null : encodeBound(type, lowest),
    upper_bound: highest === undefined ? null : encodeBound(type, highest),
  }
}

export function encodeManifestList(
  manifests: readonly ManifestFile[],
  snapshot: { readonly id: bigint; readonly parentId: bigint | null; readonly sequence: bigint },
): Buffer {
  const records = manifests.map((manifest) => ({
    manifest_path: manifest.path,
    manifest_length: BigInt(manifest.length),
    partition_spec_id: manifest.specId,
    content: 0,
    sequence_number: manifest.sequence,
    min_sequence_number: manifest.minSequence,
    added_snapshot_id: manifest.addedSnapshotId,
    added_files_count: manifest.addedFiles,
    existing_files_count: manifest.existingFiles,
    deleted_files_count: 0,
    added_rows_count: manifest.addedRows,
    existing_rows_count: manifest.existingRows,
    deleted_rows_count: 0n,
    partitions: manifest.partitions,
  }))
  return writeAvro(manifestListSchema, records, {
    'snapshot-id': String(snapshot.id),
    'parent-snapshot-id': String(snapshot.parentId),
    'sequence-number': String(snapshot.sequence),
    'format-version': '2',
  })
}

export function decodeManifestList(bytes: Buffer): ManifestFile[] {
  return readAvro(bytes).records.map((record) => {
    if (record['content'] !== 0) throw new GatewayError(icebergErrors.table_unreadable, noDeletes)
    return {
      path: record['manifest_path'] as string,
      length: Number(record['manifest_length']),
      specId: record['partition_spec_id'] as number,
      sequence: record['sequence_number'] as bigint,
      minSequence: record['min_sequence_number'] as bigint,
      addedSnapshotId: record['added_snapshot_id'] as bigint,
      addedFiles: record['added_files_count'] as number,
      existingFiles: record['existing_files_count'] as number,
      addedRows: record['added_rows_count'] as bigint,
      existingRows: record['existing_rows_count'] as bigint,
      partitions: (record['partitions'] ?? []) as readonly PartitionSummary[],
    }
  })
}
