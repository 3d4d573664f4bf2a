import { join } from 'node:path'
import type { ColumnType, LakeColumn, LakeTable } from '@sluice/contracts/lake/table'
import { lakeCatalogue, lakeNamespace } from '@sluice/contracts/lake/table'
import { integerPattern, timePattern } from '@sluice/contracts/lake/values'
import { topicVariables } from './config.ts'

/** Committed, so that operators read and submit it without our code. */
export const lakeSqlFile = join(import.meta.dirname, '../../../deploy/flink/lake.sql')

/**
 * The Flink job as SQL, made from the table contracts. `${NAME}` is filled in from the environment when it is submitted: neither addresses nor
 * secrets stand in it.
 */
export function lakeSql(tables: readonly LakeTable[]): string {
  const facts = tables.filter(({ topic }) => topic !== null)
  const quarantine = tables.find(({ topic }) => topic === null)
  return [
    head,
    ...facts.flatMap((table) => [sourceOf(table), rowsOf(table)]),
    'EXECUTE STATEMENT SET BEGIN\n',
    ...facts.map(insertOf),
    ...(quarantine ? [quarantineOf(quarantine, facts)] : []),
    'END;\n',
  ].join('\n')
}

const head = `-- Generated from packages/contracts/src/lake/tables.ts: \`npm run lake-sql\` writes it anew.
-- The whole job: a topic in for each table of facts, and one quarantine for what is not what its contract says.
SET 'pipeline.name' = 'sluice-lake';
SET 'parallelism.default' = '\${LAKE_PARALLELISM}';
SET 'execution.checkpointing.interval' = '\${LAKE_COMMIT_INTERVAL_MS} ms';
SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';
-- Readers take it that a commit has all of a partition up to one offset.
SET 'execution.checkpointing.unaligned.enabled' = 'false';
-- A key that comes again within this time is dropped.
SET 'table.exec.state.ttl' = '24 h';
-- The newer sink can drop commits after a restart without state.
SET 'table.exec.iceberg.use-v2-sink' = 'false';

CREATE CATALOG ${lakeCatalogue} WITH ('type' = 'iceberg', \${ICEBERG_CATALOG_OPTIONS});
`

/** What every source says of its records beside their bytes. */
const recordColumns = {
  topic: 'kafka_topic',
  partition: 'kafka_partition',
  offset: 'kafka_offset',
  timestamp: 'kafka_timestamp',
  value: 'payload',
} as const

/** Bytes, not text: what is not UTF-8 must get into quarantine as it is. */
function sourceOf({ name, topic }: LakeTable): string {
  const topicName = topic?.name ?? ''
  const variable = topicVariables[topicName]
  return `CREATE TEMPORARY TABLE ${name}_source (
  payload BYTES,
  kafka_topic STRING METADATA FROM 'topic' VIRTUAL,
  kafka_partition INT METADATA FROM 'partition' VIRTUAL,
  kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
  kafka_timestamp TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  processed_at AS PROCTIME()
) WITH ('connector' = 'kafka', 'format' = 'raw',
  'topic' = '${variable ? `\${${variable}}` : topicName}', 'properties.bootstrap.servers' = '\${KAFKA_BROKERS}',
  'properties.group.id' = '\${LAKE_GROUP}', 'properties.isolation.level' = 'read_committed'\${KAFKA_OPTIONS},
  'scan.startup.mode' = 'group-offsets', 'properties.auto.offset.reset' = 'earliest');
`
}

function rowsOf({ name, columns }: LakeTable): string {
  const fields = columns.flatMap((column) => {
    const value = valueOf(column)
    return value === null ? [] : [`  ${value} AS \`${column.name}\`,`]
  })
  return `CREATE TEMPORARY VIEW ${name}_rows AS SELECT
${fields.join('\n')}
  ${isJson} AS is_json,
  body, payload, kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, processed_at
FROM (SELECT *, DECODE(payload, 'UTF-8') AS body FROM ${name}_source);
`
}

/**
 * `IS JSON` looks at the first value and at nothing after it, and decoding replaces bytes that are no UTF-8: so the list of the value and an end
 * must end there, and the text must be the bytes again.
 */
const isJson = `(body IS JSON AND JSON_VALUE(CONCAT('[', body, ',"end"]'), '$[1]') = 'end' AND ENCODE(body, 'UTF-8') = payload) IS TRUE`

/** Null: it is there already, or comes into being when the row is written. */
function valueOf({ type, from }: LakeColumn): string | null {
  if (!('path' in from)) return null
  if (from.as === 'json') return `JSON_QUERY(body, '${from.path}')`
  const text = `JSON_VALUE(body, '${from.path}')`
  if (from.as === 'ms') return timeOf(text)
  return casts[type](text)
}

/** Flink's own cast takes `1.5` for 1. */
const whole = (text: string, pattern: string, type: string) =>
  `TRY_CAST(REGEXP_EXTRACT(${text}, '^${pattern}\\z', 0) AS ${type})`

/** Null after the year 9999 by itself. */
const timeOf = (text: string) => `TO_TIMESTAMP_LTZ(${whole(text, timePattern, 'BIGINT')}, 3)`

const casts: Readonly<Record<ColumnType, (text: string) => string>> = {
  string: (text) => text,
  int: (text) => whole(text, integerPattern, 'INT'),
  long: (text) => whole(text, integerPattern, 'BIGINT'),
  boolean: (text) => `CASE ${text} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END`,
  timestamptz: timeOf,
  binary: () => 'payload',
}

function isRow({ columns }: LakeTable): string {
  const required = columns.filter(({ required, from }) => required && 'path' in from)
  return [
    'is_json AND body IS JSON OBJECT',
    ...required.map(({ name }) => `\`${name}\` IS NOT NULL`),
  ].join('\n        AND ')
}

function written({ name, from }: LakeColumn): string {
  if ('written' in from) return 'CURRENT_TIMESTAMP'
  if ('reason' in from) return 'reason'
  return `\`${'record' in from ? recordColumns[from.record] : name}\``
}

/** The columns are named: one that the table got later does not stop an older file. The first of equal keys stays. */
function insertOf(table: LakeTable): string {
  const { name, columns, key } = table
  return `INSERT INTO ${lakeCatalogue}.${lakeNamespace}.\`${name}\` (${namesOf(columns)})
SELECT ${columns.map(written).join(', ')}
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY \`tenant_id\`, \`${key}\` ORDER BY processed_at) AS place
      FROM ${name}_rows
      WHERE ${isRow(table)})
WHERE place = 1;
`
}

/** Exactly those that are no row of their table: nothing is in both, nothing in neither. */
function quarantineOf(quarantine: LakeTable, facts: readonly LakeTable[]): string {
  const rest = facts.map(
    (table) => `  SELECT kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, payload,
    CASE WHEN payload IS NULL OR body = '' THEN 'no value' WHEN is_json THEN 'missing required field' ELSE 'not json' END AS reason
  FROM ${table.name}_rows
  WHERE (${isRow(table)}) IS NOT TRUE`,
  )
  return `INSERT INTO ${lakeCatalogue}.${lakeNamespace}.\`${quarantine.name}\` (${namesOf(quarantine.columns)})
SELECT ${quarantine.columns.map(written).join(', ')} FROM (
${rest.join('\n  UNION ALL\n')}
);
`
}

function namesOf(columns: readonly LakeColumn[]): string {
  return columns.map(({ name }) => `\`${name}\``).join(', ')
}
