import { hostname } from 'node:os'
import {
  configurationError,
  envFlag,
  envInt,
  envList,
  envText,
  envWholeNumber,
  type Environment,
  readEnvironment,
} from '@sluice/kernel/env'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { checkpointRecorded } from '@sluice/contracts/topics/checkpoint-recorded'
import { conversationTurnRecorded } from '@sluice/contracts/topics/conversation-turn-recorded'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import type { TopicNames } from '@sluice/event-log/renamed-topics'
import { z } from 'zod'

const topicName = z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/, 'is no name of a Kafka topic')

/** Where the stores are. An address that is not given selects the embedded adapter of that port. */
export const environment = z.object({
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('Redis: generations and work queue (absent: in memory)'),
  REDIS_KEY_PREFIX: envText.default('sluice:').describe('prefix of every Redis key'),
  REDIS_SHARDS: envInt(1, 1, 1_024).describe(
    'hash tags the generations are spread over on a Redis Cluster',
  ),
  REDIS_HA: envFlag(false).describe(
    'show entries only once a Redis replica has them; the same in every process',
  ),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('Postgres (absent: PGlite in DATA_DIR/db)'),
  DATABASE_POOL_MAX: envInt(10, 1, 1_000).describe('Postgres connections per process'),
  KAFKA_BROKERS: envList
    .optional()
    .describe('Kafka brokers, host:port separated by commas (absent: event log in the database)'),
  KAFKA_CLIENT_ID: envText.default('sluice').describe('client id shown to the Kafka brokers'),
  KAFKA_TOPIC_CONVERSATIONS: topicName
    .default(conversationTurnRecorded.name)
    .describe('what the topic of conversations is called in Kafka'),
  KAFKA_TOPIC_CHECKPOINTS: topicName
    .default(checkpointRecorded.name)
    .describe('what the topic of checkpoints is called in Kafka'),
  KAFKA_TOPIC_USAGE: topicName
    .default(usageRecorded.name)
    .describe('what the topic of bills is called in Kafka'),
  GENERATION_ARCHIVE_HOURS: envWholeNumber(0, 8_760)
    .optional()
    .describe(
      'how long ended answers can be read again after their 15 hot minutes, and for up to 24 of these hours by their idempotency key (24; with embedded stores 0); the same in every process',
    ),
  DATA_DIR: envText
    .default('./data')
    .describe('folder of the embedded stores and the development key'),
})

export interface AdaptersConfig {
  readonly redis: {
    readonly url: string
    readonly keyPrefix: string
    readonly shards: number
    readonly highlyAvailable: boolean
  } | null
  readonly postgres: { readonly url: string; readonly poolMax: number } | null
  readonly kafka: {
    readonly brokers: readonly string[]
    readonly clientId: string
    /** Topics that are not called as in their contracts. */
    readonly topicNames: TopicNames
  } | null
  /** How long ended answers are archived; 0 = not at all. */
  readonly archiveHours: number
  readonly dataDir: string
  /** Names this process among its replicas: host and process id. */
  readonly instanceId: string
}

/** `apart`: for one service of several, whose archive is in the database of `usage`, whether or not this one has an address of it. */
export function readAdaptersConfig(
  env: Environment,
  processId: number,
  { apart = false } = {},
): AdaptersConfig {
  const values = readEnvironment(environment, env)
  const { REDIS_URL, DATABASE_URL, KAFKA_BROKERS } = values
  return {
    redis: REDIS_URL
      ? {
          url: REDIS_URL,
          keyPrefix: values.REDIS_KEY_PREFIX,
          shards: values.REDIS_SHARDS,
          highlyAvailable: values.REDIS_HA,
        }
      : null,
    postgres: DATABASE_URL ? { url: DATABASE_URL, poolMax: values.DATABASE_POOL_MAX } : null,
    kafka: KAFKA_BROKERS?.length
      ? {
          brokers: KAFKA_BROKERS,
          clientId: values.KAFKA_CLIENT_ID,
          topicNames: topicNamesOf(values),
        }
      : null,
    archiveHours: values.GENERATION_ARCHIVE_HOURS ?? (apart || DATABASE_URL ? 24 : 0),
    dataDir: values.DATA_DIR,
    instanceId: `${hostname()}-${String(processId)}`,
  }
}

function topicNamesOf(values: z.infer<typeof environment>): TopicNames {
  const names = [
    [conversationTurnRecorded.name, values.KAFKA_TOPIC_CONVERSATIONS],
    [checkpointRecorded.name, values.KAFKA_TOPIC_CHECKPOINTS],
    [usageRecorded.name, values.KAFKA_TOPIC_USAGE],
  ] as const
  const called = new Set(allTopics.map(({ name }) => name))
  for (const [name] of names) called.delete(name)
  for (const [, given] of names) {
    if (called.has(given))
      throw configurationError([`KAFKA_TOPIC_…: two topics would be called ${given}`])
    called.add(given)
  }
  return Object.fromEntries(names.filter(([name, given]) => given !== name))
}
