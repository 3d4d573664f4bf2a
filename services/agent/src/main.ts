import process from 'node:process'
import { startServiceProcess } from '@sluice/adapters/service-process'
import { run } from '@sluice/kernel/run'
import { createPostgresResponseStore } from '@sluice/store-postgres/postgres-response-store'
import { readAgentConfig } from './config.ts'
import { startAgent } from './service.ts'

run(() =>
  startServiceProcess({
    name: 'agent',
    env: process.env,
    processId: process.pid,
    needsDatabase: true,
    shutdownTimeoutMs: 15_000,
    async start(parts) {
      const config = readAgentConfig(parts.env)
      const events = await parts.events()
      return startAgent(config, {
        ...parts.basics,
        generations: await parts.generations(),
        queue: await parts.queue(),
        store: await createPostgresResponseStore(await parts.database(), { events }),
        events,
      })
    },
  }),
)
