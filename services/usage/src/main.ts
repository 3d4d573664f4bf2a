import process from 'node:process'
import { startServiceProcess } from '@sluice/adapters/service-process'
import { run } from '@sluice/kernel/run'
import { createPostgresUsageStore } from '@sluice/store-postgres/postgres-usage-store'
import { readUsageConfig } from './config.ts'
import { startUsage } from './service.ts'

run(() =>
  startServiceProcess({
    name: 'usage',
    env: process.env,
    processId: process.pid,
    shutdownTimeoutMs: 15_000,
    async start(parts) {
      const events = await parts.events()
      return startUsage(readUsageConfig(parts.env), {
        ...parts.basics,
        generations: await parts.generations(),
        store: await createPostgresUsageStore(await parts.database(), { events }),
        events,
      })
    },
  }),
)
