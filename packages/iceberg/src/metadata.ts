import type { Field, PartitionField, Schema, TableDefinition, Transform } from './schema.ts'

/** Ids of other writers use 64 bits, which JSON numbers here do not hold: those arrive as bigint. */
export type SnapshotId = number | bigint

export interface SnapshotJson {
  readonly 'snapshot-id': SnapshotId
  readonly 'parent-snapshot-id'?: SnapshotId
  readonly 'sequence-number': number
  readonly 'timestamp-ms': number
  readonly 'manifest-list': string
  readonly summary: Readonly<Record<string, string>>
  readonly 'schema-id'?: number
}

interface SchemaJson {
  readonly type: 'struct'
  readonly 'schema-id': number
  readonly fields: readonly Field[]
}

interface SpecFieldJson {
  readonly name: string
  readonly transform: string
  readonly 'source-id': number
  readonly 'field-id': number
}

/** Iceberg table metadata v2, as it is written. */
export interface TableMetadata {
  readonly 'format-version': number
  readonly 'table-uuid': string
  readonly location: string
  readonly 'last-sequence-number': number
  readonly 'last-updated-ms': number
  readonly 'last-column-id': number
  readonly 'current-schema-id': number
  readonly schemas: readonly SchemaJson[]
  readonly 'default-spec-id': number
  readonly 'partition-specs': readonly {
    readonly 'spec-id': number
    readonly fields: readonly SpecFieldJson[]
  }[]
  readonly 'last-partition-id': number
  readonly 'default-sort-order-id': number
  readonly 'sort-orders': readonly object[]
  readonly properties: Readonly<Record<string, string>>
  readonly 'current-snapshot-id': SnapshotId
  readonly refs: Readonly<Record<string, { 'snapshot-id': SnapshotId; type: string }>>
  readonly snapshots: readonly SnapshotJson[]
  readonly statistics: readonly object[]
  readonly 'partition-statistics': readonly object[]
  readonly 'snapshot-log': readonly { 'timestamp-ms': number; 'snapshot-id': SnapshotId }[]
  readonly 'metadata-log': readonly { 'timestamp-ms': number; 'metadata-file': string }[]
}

/** What the specification writes for "none". */
export const noSnapshot = -1

export function schemaJson({ fields }: Schema, schemaId: number): SchemaJson {
  return { type: 'struct', 'schema-id': schemaId, fields }
}

export function specFieldsJson(partition: readonly PartitionField[]): SpecFieldJson[] {
  return partition.map(({ name, transform, sourceId, fieldId }) => ({
    name,
    transform,
    'source-id': sourceId,
    'field-id': fieldId,
  }))
}

export function newMetadata(
  { schema, partition, sort, properties }: TableDefinition,
  { uuid, location, now }: { readonly uuid: string; location: string; now: number },
): TableMetadata {
  return {
    'format-version': 2,
    'table-uuid': uuid,
    location,
    'last-sequence-number': 0,
    'last-updated-ms': now,
    'last-column-id': Math.max(0, ...schema.fields.map(({ id }) => id)),
    'current-schema-id': 0,
    schemas: [schemaJson(schema, 0)],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: specFieldsJson(partition) }],
    'last-partition-id': Math.max(999, ...partition.map(({ fieldId }) => fieldId)),
    'default-sort-order-id': 1,
    'sort-orders': [
      {
        'order-id': 1,
        fields: sort.map((id) => ({
          transform: 'identity',
          'source-id': id,
          direction: 'asc',
          'null-order': 'nulls-first',
        })),
      },
    ],
    properties,
    'current-snapshot-id': noSnapshot,
    refs: {},
    snapshots: [],
    statistics: [],
    'partition-statistics': [],
    'snapshot-log': [],
    'metadata-log': [],
  }
}

/** With a snapshot that becomes the current one. */
export function withSnapshot(metadata: TableMetadata, snapshot: SnapshotJson): TableMetadata {
  const id = snapshot['snapshot-id']
  return {
    ...metadata,
    'last-sequence-number': snapshot['sequence-number'],
    'last-updated-ms': snapshot['timestamp-ms'],
    'current-snapshot-id': id,
    refs: { main: { 'snapshot-id': id, type: 'branch' } },
    snapshots: [...metadata.snapshots, snapshot],
    'snapshot-log': [
      ...metadata['snapshot-log'],
      { 'timestamp-ms': snapshot['timestamp-ms'], 'snapshot-id': id },
    ],
  }
}

export function currentSnapshot(metadata: TableMetadata): SnapshotJson | null {
  const id = metadata['current-snapshot-id']
  return metadata.snapshots.find((each) => each['snapshot-id'] === id) ?? null
}

export function currentSchema(metadata: TableMetadata): Schema {
  const id = metadata['current-schema-id']
  return metadata.schemas.find((each) => each['schema-id'] === id) ?? { fields: [] }
}

export function partitionSpec(metadata: TableMetadata, specId: number): readonly PartitionField[] {
  const found = metadata['partition-specs'].find((spec) => spec['spec-id'] === specId)
  return (found?.fields ?? []).map((field) => ({
    name: field.name,
    transform: field.transform as Transform,
    sourceId: field['source-id'],
    fieldId: field['field-id'],
  }))
}

/** Ids of the columns that files are sorted by. */
export function sortColumns(metadata: TableMetadata): readonly number[] {
  const id = metadata['default-sort-order-id']
  const orders = metadata['sort-orders'] as readonly {
    'order-id': number
    fields: readonly { 'source-id': number }[]
  }[]
  const order = orders.find((each) => each['order-id'] === id)
  return (order?.fields ?? []).map((field) => field['source-id'])
}

export function parseMetadata(text: string): TableMetadata {
  return JSON.parse(text, (_name, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context?.source ?? 0)
      : value,
  ) as TableMetadata
}
