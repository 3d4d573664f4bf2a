import process from 'node:process'
import { startServiceProcess } from '@sluice/adapters/service-process'
import { run } from '@sluice/kernel/run'
import { readRouterConfig } from './config.ts'
import { startRouter } from './service.ts'

run(() =>
  startServiceProcess({
    name: 'router',
    env: process.env,
    processId: process.pid,
    needsDatabase: false,
    shutdownTimeoutMs: 15_000,
    async start(parts) {
      return startRouter(readRouterConfig(parts.env), {
        ...parts.basics,
        generations: await parts.generations(),
        queue: await parts.queue(),
        catalogue: await parts.catalogue({ discover: true }),
      })
    },
  }),
)
