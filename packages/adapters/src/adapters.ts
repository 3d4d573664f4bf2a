import type { EventLog } from '@sluice/event-log'
import type { TopicAdmin } from '@sluice/event-log-kafka/topic-admin'
import { renameTopics } from '@sluice/event-log/renamed-topics'
import { defaultTiming, type Generations, type GenerationsTiming } from '@sluice/generations'
import { createMemoryGenerations } from '@sluice/generations/memory'
import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import type { Database } from '@sluice/store-postgres/database'
import type { WorkQueue } from '@sluice/work-queue'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import type { AdaptersConfig } from './adapters-config.ts'

export interface AdapterDependencies {
  readonly clock: Clock
  readonly logger: Logger
}

/*
 * One function per port: the adapter that the configuration asks for. Clients of servers are imported only when they are used, so the
 * embedded start does not pay for ioredis, pg or kafkajs.
 */

export async function openGenerations(
  config: AdaptersConfig,
  { clock, logger }: AdapterDependencies,
): Promise<Generations> {
  const timing = generationsTiming(config)
  if (!config.redis) return createMemoryGenerations({ clock, timing, logger })
  const { createRedisGenerations } = await import('@sluice/generations-redis')
  const { redis, instanceId } = config
  return createRedisGenerations({ ...redis, instanceId, clock, timing, logger })
}

/** An idempotency key names an answer only as long as that can be read: hot, or from the archive. */
export function generationsTiming({ archiveHours }: AdaptersConfig): Partial<GenerationsTiming> {
  const { idempotencyMs, retentionMs } = defaultTiming
  if (archiveHours === 0) return { idempotencyMs: retentionMs }
  return { idempotencyMs: Math.min(idempotencyMs, archiveHours * 60 * 60_000) }
}

export async function openWorkQueue(
  config: AdaptersConfig,
  { clock, logger }: AdapterDependencies,
): Promise<WorkQueue> {
  if (!config.redis) return createMemoryWorkQueue({ clock })
  const { createRedisWorkQueue } = await import('@sluice/work-queue-redis')
  return createRedisWorkQueue({ ...config.redis, instanceId: config.instanceId, clock, logger })
}

export async function openDatabase(config: AdaptersConfig): Promise<Database> {
  if (config.postgres) {
    const { openPostgres } = await import('@sluice/store-postgres/postgres-database')
    return openPostgres(config.postgres)
  }
  const { openPglite } = await import('@sluice/store-postgres/pglite-database')
  return openPglite({ dataDir: config.dataDir })
}

export async function openEventLog(
  config: AdaptersConfig,
  database: Database,
  { clock, logger }: AdapterDependencies,
): Promise<EventLog> {
  if (config.kafka) {
    const { createKafkaEventLog } = await import('@sluice/event-log-kafka')
    const { topicNames, ...kafka } = config.kafka
    return renameTopics(createKafkaEventLog({ ...kafka, clock, logger }), topicNames)
  }
  const { createDatabaseEventLog } = await import('@sluice/store-postgres/database-event-log')
  return createDatabaseEventLog(database, { clock, logger })
}

/** Null without Kafka: topics of the database need no operator. */
export async function openTopicAdmin(
  config: AdaptersConfig,
  { clock, logger }: AdapterDependencies,
): Promise<TopicAdmin | null> {
  if (!config.kafka) return null
  const { createTopicAdmin } = await import('@sluice/event-log-kafka/topic-admin')
  return createTopicAdmin({ ...config.kafka, clock, logger })
}
