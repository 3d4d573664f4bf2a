import process from 'node:process'
import { openLakeCatalogue } from '@sluice/adapters/lake-catalogue'
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
      const { clock } = parts.basics
      await using stack = new AsyncDisposableStack()
      const catalogue = stack.use(await openLakeCatalogue(config.catalogue, clock))
      const lake = { ...parts.basics, queue, events: await parts.events(), catalogue }
      stack.use(await startLake(config, lake))
      const owned = stack.move()
      return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
    },
  }),
)
