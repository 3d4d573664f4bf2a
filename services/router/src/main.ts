import process from 'node:process'
import { startServiceProcess } from '@sluice/adapters/service-process'
import { run } from '@sluice/kernel/run'
import { createPostgresProviderStore } from '@sluice/store-postgres/postgres-provider-store'
import { readRouterConfig } from './config.ts'
import { startRouter } from './service.ts'

run(() =>
  startServiceProcess({
    name: 'router',
    env: process.env,
    processId: process.pid,
    needsDatabase: 'if-given',
    shutdownTimeoutMs: 15_000,
    async start(parts) {
      const config = { ...readRouterConfig(parts.env), keyRing: parts.keyRing() }
      const events = parts.hasDatabase ? await parts.events() : undefined
      const store = async () =>
        createPostgresProviderStore(await parts.database(), events && { events })
      return startRouter(config, {
        ...(events ? { store, events } : {}),
        ...parts.basics,
        generations: await parts.generations(),
        queue: await parts.queue(),
        catalogue: await parts.catalogue({ discover: true }),
      })
    },
  }),
)
