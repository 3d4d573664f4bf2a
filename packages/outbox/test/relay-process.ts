import process from 'node:process'
import { createKafkaEventLog } from '@sluice/event-log-kafka'
import { systemClock } from '@sluice/kernel/clock'
import { createLogger } from '@sluice/kernel/logger'
import { openPostgres } from '@sluice/store-postgres/postgres-database'
import { createPostgresUsageStore } from '@sluice/store-postgres/postgres-usage-store'
import { Registry } from 'prom-client'
import { OutboxRelay } from '../src/outbox-relay.ts'
import { createRelayMetrics } from '../src/relay-metrics.ts'

/* Relays the outbox of the database of its first argument into the Kafka of its second, and says when it begins to publish a batch, until somebody kills it. */
const [, , url = '', broker = ''] = process.argv
const database = await openPostgres({ url, poolMax: 4 })
const log = createKafkaEventLog({ brokers: [broker], clientId: 'relay', clock: systemClock })
const publish = log.publish.bind(log)
const outbox = await createPostgresUsageStore(database)
new OutboxRelay({
  outbox,
  events: Object.assign(log, {
    publish: (...batch: Parameters<typeof publish>) => {
      process.stdout.write('publishing\n')
      return publish(...batch)
    },
  }),
  clock: systemClock,
  logger: createLogger({ service: 'relay', level: 'silent' }),
  metrics: createRelayMetrics(new Registry(), () => outbox.backlog()),
  intervalMs: 50,
})
// The relay's own timers keep no process alive.
setInterval(() => undefined, 60_000)
