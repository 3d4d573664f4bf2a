import { icebergRestServer } from './iceberg-rest.ts'
import { kafkaServer } from './kafka.ts'
import { modelServer } from './model.ts'
import { postgresServer } from './postgres.ts'
import { redisServer } from './redis.ts'
import type { ServerKind, ServerName } from './server-kind.ts'

export const serverKinds: Readonly<Record<ServerName, ServerKind>> = {
  redis: redisServer,
  postgres: postgresServer,
  kafka: kafkaServer,
  'iceberg-rest': icebergRestServer,
  model: modelServer,
}

/** What the product stores things in. */
export const storeNames = ['redis', 'postgres', 'kafka'] as const satisfies readonly ServerName[]
