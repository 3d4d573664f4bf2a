import { checkpointRecorded } from '../topics/checkpoint-recorded.ts'
import { conversationTurnRecorded } from '../topics/conversation-turn-recorded.ts'
import { routeDecided } from '../topics/route-decided.ts'
import { usageRecorded } from '../topics/usage-recorded.ts'
import { column, provenance } from './columns.ts'
import { defineTable, type LakeTable } from './table.ts'

const asKey = { required: true, bounds: true }
const asTime = (path: string) => ({ ...asKey, from: { path, as: 'ms' } }) as const
const asJson = (path: string) => ({ from: { path, as: 'json' } }) as const
const byDayAndUser = (time: string) =>
  [
    { id: 1000, name: `${time}_day`, source: time, transform: 'day' },
    { id: 1001, name: 'user_id_bucket', source: 'user_id', transform: 'bucket[8]' },
  ] as const
const byDay = (time: string) =>
  [{ id: 1000, name: `${time}_day`, source: time, transform: 'day' }] as const

export const conversations = defineTable({
  name: 'conversations',
  description: 'One row per message, asked or answered.',
  topic: conversationTurnRecorded,
  key: 'id',
  columns: [
    column(1, 'id', 'string', 'names the turn for ever', { required: true }),
    column(2, 'user_id', 'string', 'the person, or the key that is nobody’s', asKey),
    column(3, 'session_id', 'string', 'calls that belong together', asKey),
    column(4, 'role', 'string', 'user, assistant, system or tool', { required: true }),
    column(5, 'content', 'string', 'the text'),
    column(
      6,
      'metadata',
      'string',
      'JSON: channel, model, tokens, attachments',
      asJson('$.metadata'),
    ),
    column(7, 'timestamp', 'timestamptz', 'when it was asked or answered', asTime('$.occurred_at')),
    column(8, 'tenant_id', 'string', 'whose it is; every read filters on it', asKey),
    column(9, 'request_id', 'string', 'the call', { required: true }),
    column(10, 'turn', 'int', 'place among the turns of the call', { required: true }),
    column(11, 'schema_version', 'int', 'of the event', { required: true }),
    ...provenance(12),
  ],
  partition: byDayAndUser('timestamp'),
  sort: ['tenant_id', 'user_id', 'session_id', 'timestamp', 'turn'],
  erase: 'delete',
  retentionDays: 365,
})

export const checkpoints = defineTable({
  name: 'checkpoints',
  description: 'One row per saved state of a session or workflow.',
  topic: checkpointRecorded,
  key: 'id',
  columns: [
    column(1, 'id', 'string', 'names the checkpoint for ever', { required: true }),
    column(2, 'user_id', 'string', 'the person, or the key that is nobody’s', asKey),
    column(3, 'session_id', 'string', 'what is restored', asKey),
    column(4, 'sequence', 'long', 'the highest of a session is its newest', { required: true }),
    column(5, 'kind', 'string', 'what kind of thing it restores', { required: true }),
    column(6, 'state', 'string', 'JSON, as it was written'),
    column(7, 'timestamp', 'timestamptz', 'when it was saved', asTime('$.occurred_at')),
    column(8, 'tenant_id', 'string', 'whose it is; every read filters on it', asKey),
    column(9, 'schema_version', 'int', 'of the event', { required: true }),
    ...provenance(10),
  ],
  partition: byDayAndUser('timestamp'),
  sort: ['tenant_id', 'user_id', 'session_id', 'sequence'],
  erase: 'delete',
  retentionDays: 365,
})

export const usage = defineTable({
  name: 'usage',
  description: 'One row per generation that ended: the bill.',
  topic: usageRecorded,
  key: 'request_id',
  columns: [
    column(1, 'request_id', 'string', 'the call; equals the ledger’s', { required: true }),
    column(2, 'tenant_id', 'string', 'whose it is; every read filters on it', asKey),
    column(3, 'project_id', 'string', 'the project of the key', { required: true }),
    column(4, 'key_id', 'string', 'the API key', { required: true }),
    column(5, 'user_id', 'string', 'whose key or session it was'),
    column(6, 'channel', 'string', 'by which the call came'),
    column(7, 'operation', 'string', 'chat, embeddings, …', { required: true }),
    column(8, 'requested_model', 'string', 'as the caller wrote it', { required: true }),
    column(9, 'model', 'string', 'that answered; the requested name when none did', {
      required: true,
    }),
    column(10, 'provider', 'string', 'that answered; null = none did'),
    column(11, 'state', 'string', 'completed, failed, cancelled or expired', { required: true }),
    column(12, 'error_code', 'string', 'why not completed'),
    column(13, 'input_tokens', 'long', 'all of them', { required: true }),
    column(14, 'output_tokens', 'long', 'all of them', { required: true }),
    column(15, 'cached_input_tokens', 'long', 'of the input, read from a cache'),
    column(16, 'cache_write_tokens', 'long', 'of the input, written to a cache'),
    column(17, 'reasoning_tokens', 'long', 'of the output, thought and not shown'),
    column(18, 'estimated', 'boolean', 'the provider reported nothing'),
    column(19, 'amount_nano_usd', 'long', 'what the customer pays, 1e-9 USD', { required: true }),
    column(20, 'stream', 'boolean', 'answered as a stream'),
    column(21, 'accepted_at', 'timestamptz', 'when the call was accepted', asTime('$.accepted_at')),
    column(22, 'finished_at', 'timestamptz', 'when it ended', asTime('$.finished_at')),
    column(23, 'first_part_ms', 'long', 'from acceptance to the first part'),
    column(
      24,
      'calls',
      'string',
      'JSON: every provider call and what it cost us',
      asJson('$.calls'),
    ),
    column(25, 'price', 'string', 'JSON: what the amount was made from', asJson('$.price')),
    ...provenance(26),
  ],
  partition: byDay('finished_at'),
  sort: ['tenant_id', 'finished_at'],
  erase: 'forget-user',
  retentionDays: null,
})

export const decisions = defineTable({
  name: 'decisions',
  description: 'One row per routed call: where it was sent, and why.',
  topic: routeDecided,
  key: 'request_id',
  columns: [
    column(1, 'request_id', 'string', 'the call', { required: true }),
    column(2, 'tenant_id', 'string', 'whose it is; every read filters on it', asKey),
    column(3, 'project_id', 'string', 'the project of the key', { required: true }),
    column(4, 'key_id', 'string', 'the API key', { required: true }),
    column(5, 'user_id', 'string', 'whose key or session it was'),
    column(6, 'requested_model', 'string', 'as the caller wrote it', { required: true }),
    column(7, 'reason_code', 'string', 'why, for programs', {
      required: true,
      from: { path: '$.reason.code' },
    }),
    column(8, 'reason_detail', 'string', 'why, for people', { from: { path: '$.reason.detail' } }),
    column(
      9,
      'targets',
      'string',
      'JSON: in the order in which they were to be tried',
      asJson('$.targets'),
    ),
    column(
      10,
      'skipped',
      'string',
      'JSON: models passed over, and what they lack',
      asJson('$.skipped'),
    ),
    column(11, 'provider', 'string', 'that answered'),
    column(12, 'model', 'string', 'that answered'),
    column(13, 'attempts', 'int', 'provider calls made'),
    column(14, 'occurred_at', 'timestamptz', 'when the generation ended', asTime('$.occurred_at')),
    column(15, 'schema_version', 'int', 'of the event', { required: true }),
    ...provenance(16),
  ],
  partition: byDay('occurred_at'),
  sort: ['tenant_id', 'occurred_at'],
  erase: 'forget-user',
  retentionDays: null,
})

/** Byte for byte what could not become a row; kept as short as the topics with content, since nobody knows what is in it. */
export const quarantine = defineTable({
  name: 'quarantine',
  description: 'Records that are not what their contract says, as they came.',
  topic: null,
  key: 'kafka_offset',
  columns: [
    column(1, 'topic', 'string', 'where it was found', { ...asKey, from: { record: 'topic' } }),
    column(2, 'kafka_partition', 'int', 'its partition', {
      ...asKey,
      from: { record: 'partition' },
    }),
    column(3, 'kafka_offset', 'long', 'its offset', { ...asKey, from: { record: 'offset' } }),
    column(
      4,
      'kafka_timestamp',
      'timestamptz',
      'when it was published; in rows of the built-in writer `ce_time`',
      { from: { record: 'timestamp' } },
    ),
    column(5, 'reason', 'string', 'no value, not json, or missing required field', {
      required: true,
      from: { reason: true },
    }),
    column(6, 'payload', 'binary', 'byte for byte', { from: { record: 'value' } }),
    column(7, 'ingested_at', 'timestamptz', 'when the row was written', {
      ...asKey,
      from: { written: true },
    }),
  ],
  partition: byDay('ingested_at'),
  sort: ['topic', 'kafka_partition', 'kafka_offset'],
  erase: 'keep',
  retentionDays: 14,
})

export const lakeTables: readonly LakeTable[] = [
  conversations,
  usage,
  decisions,
  checkpoints,
  quarantine,
]
