import process from 'node:process'
import { startServiceProcess } from '@sluice/adapters/service-process'
import { run } from '@sluice/kernel/run'
import { readLakeConfig } from './config.ts'
import { startLake } from './service.ts'

run(() =>
  startServiceProcess({
    name: 'lake',
    env: process.env,
    processId: process.pid,
    needsDatabase: true,
    shutdownTimeoutMs: 15_000,
    async start(parts) {
      const config = readLakeConfig(parts.env, { dataDir: '', embedded: false })
      const queue = await parts.queue()
      return startLake(config, { ...parts.basics, queue, events: await parts.events() })
    },
  }),
)
