import { lakeTables } from '@sluice/contracts/lake/tables'
import type { LakeColumn, LakeTable } from '@sluice/contracts/lake/table'
import type { AnyTopic } from '@sluice/contracts/topics/topic'
import { keptFor } from './topic-page.ts'

/** What a data team can read: topics, and tables with every column. */
export function dataCatalogue(topics: readonly AnyTopic[]): string {
  return `${[
    '# Catalogue',
    '',
    'Made from the contracts (`npm run events-docs`). As data for programs: [tables.json](tables.json), [asyncapi.json](../events/asyncapi.json).',
    '',
    '## Topics',
    '',
    '| Topic | Owner | What | Table | Partitions | Kept | Content | About a person |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...topics.map(
      (topic) =>
        `| [${topic.name}](../events/${topic.name}.md) | \`${topic.owner}\`${topic.draft ? ' (not yet)' : ''} | ${topic.description} | ${tableOf(topic)} | ${String(topic.partitions)} | ${keptFor(topic)} | ${topic.content ? 'yes' : 'no'} | ${topic.personal} |`,
    ),
    '',
    '## Tables',
    '',
    'Catalogue `lake`, namespace `gateway`, Iceberg format version 2, Parquet with zstd. Rows are only ever added; the exception is an erasure.',
    '',
    ...lakeTables.flatMap(tableSection),
  ]
    .join('\n')
    .trimEnd()}\n`
}

function tableOf({ name }: AnyTopic): string {
  const table = lakeTables.find(({ topic }) => topic?.name === name)
  return table ? `[${table.name}](#gateway${table.name})` : 'none'
}

export function tablesAsData(): unknown {
  return lakeTables.map(({ name, description, topic, key, columns, partition, retentionDays }) => ({
    name,
    description,
    topic: topic?.name ?? null,
    key,
    columns: columns.map(({ id, name: column, type, required, doc }) => ({
      id,
      name: column,
      type,
      required,
      doc,
    })),
    partition: partition.map(({ transform, source }) => `${transform}(${source})`),
    retentionDays,
  }))
}

const erasure = {
  delete: 'the person’s rows are removed',
  'forget-user': '`user_id` becomes null, the row stays: it is a bill',
  keep: 'nothing is removed before its time: nobody knows whose it is',
} as const

function tableSection(table: LakeTable): string[] {
  const { name, description, topic, key, columns, partition, sort, retentionDays } = table
  const day = partition.find(({ transform }) => transform === 'day')?.source ?? ''
  return [
    `### gateway.${name}`,
    '',
    description,
    '',
    '| | |',
    '| --- | --- |',
    `| From | ${topic ? `[${topic.name}](../events/${topic.name}.md)` : 'records of every topic that are not what their contract says'} |`,
    `| One fact | ${topic ? `\`tenant_id\` and \`${key}\`: [the view](recipes/views.sql) \`gateway.${name}_once\` shows each once` : '`topic`, `kafka_partition` and `kafka_offset`'} |`,
    `| Partitions | ${partition.map(({ transform, source }) => `\`${transform}(${source})\``).join(', ')} |`,
    `| Filter by | **a range of \`${day}\`, always**: it decides which days’ files are read${tenancyOf(table)} |`,
    `| Sorted by (after compaction) | ${sort.map((column) => `\`${column}\``).join(', ')} |`,
    `| Kept | ${retentionDays === null ? 'for ever' : `${String(retentionDays)} days`} |`,
    `| Erasure | ${erasure[table.erase]} |`,
    '',
    '| Id | Column | Type | Meaning |',
    '| --- | --- | --- | --- |',
    ...columns.map(columnRow),
    '',
  ]
}

function tenancyOf({ columns, partition }: LakeTable): string {
  if (partition.length > 1) return '; then `tenant_id` and `user_id`'
  return columns.some(({ name }) => name === 'tenant_id') ? '; then `tenant_id`' : ''
}

function columnRow({ id, name, type, required, doc }: LakeColumn): string {
  return `| ${String(id)} | \`${name}\` | ${type}${required ? '' : ', may be null'} | ${doc} |`
}
