import type { AnyTopic } from '@sluice/contracts/topics/topic'
import { eventSchema } from './event-schema.ts'
import { memberTable } from './member-table.ts'
import type { Revision } from './published.ts'

/** The page of a topic, for those who read it. */
export function topicPage(
  topic: AnyTopic,
  example: Record<string, unknown>,
  revisions: readonly Revision[],
): string {
  const { name, type, version, partitions } = topic
  const key = topic.key(topic.payload.parse(example) as never) // its own payload
  const dedupe =
    topic.dedupe === null
      ? 'the header `ce_id`'
      : `the header \`ce_id\`, which equals \`${topic.dedupe}\``
  return `${[
    `# ${name}`,
    '',
    topic.description,
    '',
    ...(topic.draft ? ['**Draft: nothing writes it yet, and it may still change.**', ''] : []),
    '| | |',
    '| --- | --- |',
    `| Event type | \`${type}\`, version ${String(version)} |`,
    `| Owner | \`${topic.owner}\` |`,
    `| Key | ${topic.keyedBy}: \`${key}\` |`,
    `| Order | ${topic.order} |`,
    `| Delivery | at least once; dedupe on ${dedupe} |`,
    `| Partitions | ${String(partitions)} |`,
    `| Kept | ${keptFor(topic)} |`,
    `| Largest record | ${size(topic.maxMessageBytes)} |`,
    `| Content | ${topic.content ? '**yes**: what people wrote or were answered. Give access to few.' : 'no: metadata only'} |`,
    `| About a person | ${topic.personal} |`,
    `| Schema | [${name}.schema.json](${name}.schema.json) (JSON Schema 2020-12) |`,
    '',
    ...(renamedBy[name] === undefined
      ? []
      : [`The operator may give the topic another name: \`${renamedBy[name]}\`.`, '']),
    '## Members',
    '',
    ...memberTable(eventSchema(topic)),
    '',
    '## Example',
    '',
    'Headers ([CloudEvents 1.0, Kafka binding, binary mode](README.md#headers)):',
    '',
    '```text',
    ...headers(topic, example),
    '```',
    '',
    '```json',
    JSON.stringify(example, null, 2),
    '```',
    '',
    ...(revisions.length === 0 ? [] : changeLog(revisions)),
  ]
    .join('\n')
    .trimEnd()}\n`
}

function changeLog(revisions: readonly Revision[]): string[] {
  return [
    '## Changes',
    '',
    '| Revision | Published | What |',
    '| --- | --- | --- |',
    ...revisions.map(
      ({ version, revision, published, changes }) =>
        `| ${String(version)}.${String(revision)} | ${published} | ${changes.join('; ')} |`,
    ),
  ]
}

/** Settings that rename a topic. */
export const renamedBy: Readonly<Record<string, string>> = {
  gateway_conversations: 'KAFKA_TOPIC_CONVERSATIONS',
  gateway_checkpoints: 'KAFKA_TOPIC_CHECKPOINTS',
  gateway_usage: 'KAFKA_TOPIC_USAGE',
}

export function keptFor({ retentionMs, compacted }: AnyTopic): string {
  if (compacted) return 'the newest event of each key, for ever (compacted)'
  const hours = retentionMs / 3_600_000
  return hours % 24 === 0 && hours > 24 ? `${String(hours / 24)} days` : `${String(hours)} hours`
}

function size(bytes: number | undefined): string {
  return bytes === undefined ? '1 MiB' : `${String(bytes / 1024 / 1024)} MiB`
}

function headers({ type, owner, version, dedupe }: AnyTopic, example: Record<string, unknown>) {
  const text = (...names: string[]) =>
    names.flatMap((name) => (typeof example[name] === 'string' ? [example[name]] : []))
  const at = example['occurred_at'] ?? example['finished_at'] ?? example['at']
  const [id] = [...(dedupe === null ? [] : text(dedupe)), 'unique, the same on every repetition']
  const [tenant] = [...text('tenant_id'), '']
  const [subject] = [
    ...text('request_id', 'session_id', 'instance', 'alert', 'budget_id', 'id'),
    '…',
  ]
  return [
    'ce_specversion: 1.0',
    `ce_id: ${id}`,
    `ce_source: /sluice/${owner}`,
    `ce_type: ${type}`,
    `ce_subject: ${subject}`,
    `ce_time: ${new Date(Number(at)).toISOString()}`,
    `ce_tenant: ${tenant}`.trimEnd(),
    'content-type: application/json',
    `schema-version: ${String(version)}`,
  ]
}
