import process from 'node:process'
import { startServiceProcess } from '@sluice/adapters/service-process'
import { run } from '@sluice/kernel/run'
import { createPostgresArchiveStore } from '@sluice/store-postgres/postgres-archive-store'
import { createPostgresPersonalCalls } from '@sluice/store-postgres/postgres-personal-calls'
import { createPostgresReconciliationStore } from '@sluice/store-postgres/postgres-reconciliation-store'
import { createPostgresUsageReports } from '@sluice/store-postgres/postgres-usage-reports'
import { createPostgresUsageStore } from '@sluice/store-postgres/postgres-usage-store'
import { readUsageConfig } from './config.ts'
import { startUsage } from './service.ts'

run(() =>
  startServiceProcess({
    name: 'usage',
    env: process.env,
    processId: process.pid,
    needsDatabase: true,
    shutdownTimeoutMs: 15_000,
    async start(parts) {
      const events = await parts.events()
      const database = await parts.database()
      return startUsage(readUsageConfig(parts.env, parts), {
        ...parts.basics,
        generations: await parts.generations(),
        queue: await parts.queue(),
        store: await createPostgresUsageStore(database, { events }),
        reports: await createPostgresUsageReports(database),
        books: await createPostgresReconciliationStore(database),
        archive: await createPostgresArchiveStore(database),
        personal: createPostgresPersonalCalls(database),
        events,
      })
    },
  }),
)
