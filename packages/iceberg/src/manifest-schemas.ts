import { fieldWith, type PartitionField, type Schema } from './schema.ts'
import { partitionType } from './transforms.ts'

type Avro = string | readonly Avro[] | { readonly [name: string]: unknown }

function field(id: number, name: string, type: Avro, isOptional = false) {
  const base = { name, 'field-id': id }
  return isOptional ? { ...base, type: ['null', type], default: null } : { ...base, type }
}

/** A map with int keys, which Avro lacks: a list of pairs that says what it is. */
function intMap(key: number, value: number, type: string): Avro {
  return {
    type: 'array',
    logicalType: 'map',
    items: {
      type: 'record',
      name: `k${String(key)}_v${String(value)}`,
      fields: [field(key, 'key', 'int'), field(value, 'value', type)],
    },
  }
}

const avroOf = { date: { type: 'int', logicalType: 'date' }, int: 'int', string: 'string' } as const

/** Avro schema of a manifest of this partition spec (Iceberg v2, field ids of the specification). */
export function manifestSchema(schema: Schema, partition: readonly PartitionField[]): object {
  const partitionFields = partition.map(({ name, transform, sourceId, fieldId }) =>
    field(fieldId, name, avroOf[partitionType(transform, fieldWith(schema, sourceId).type)], true),
  )
  const dataFile = {
    type: 'record',
    name: 'r2',
    fields: [
      field(134, 'content', 'int'),
      field(100, 'file_path', 'string'),
      field(101, 'file_format', 'string'),
      field(102, 'partition', { type: 'record', name: 'r102', fields: partitionFields }),
      field(103, 'record_count', 'long'),
      field(104, 'file_size_in_bytes', 'long'),
      field(109, 'value_counts', intMap(119, 120, 'long'), true),
      field(110, 'null_value_counts', intMap(121, 122, 'long'), true),
      field(125, 'lower_bounds', intMap(126, 127, 'bytes'), true),
      field(128, 'upper_bounds', intMap(129, 130, 'bytes'), true),
      field(140, 'sort_order_id', 'int', true),
    ],
  }
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      field(0, 'status', 'int'),
      field(1, 'snapshot_id', 'long', true),
      field(3, 'sequence_number', 'long', true),
      field(4, 'file_sequence_number', 'long', true),
      field(2, 'data_file', dataFile),
    ],
  }
}

const summary = {
  type: 'record',
  name: 'r508',
  fields: [
    field(509, 'contains_null', 'boolean'),
    field(518, 'contains_nan', 'boolean', true),
    field(510, 'lower_bound', 'bytes', true),
    field(511, 'upper_bound', 'bytes', true),
  ],
}

export const manifestListSchema = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    field(500, 'manifest_path', 'string'),
    field(501, 'manifest_length', 'long'),
    field(502, 'partition_spec_id', 'int'),
    field(517, 'content', 'int'),
    field(515, 'sequence_number', 'long'),
    field(516, 'min_sequence_number', 'long'),
    field(503, 'added_snapshot_id', 'long'),
    field(504, 'added_files_count', 'int'),
    field(505, 'existing_files_count', 'int'),
    field(506, 'deleted_files_count', 'int'),
    field(512, 'added_rows_count', 'long'),
    field(513, 'existing_rows_count', 'long'),
    field(514, 'deleted_rows_count', 'long'),
    field(507, 'partitions', { type: 'array', items: summary, 'element-id': 508 }, true),
  ],
}
