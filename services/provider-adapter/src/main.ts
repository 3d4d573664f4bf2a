import process from 'node:process'
import { startServiceProcess } from '@sluice/adapters/service-process'
import { run } from '@sluice/kernel/run'
import { readProviderAdapterConfig } from './config.ts'
import { startProviderAdapter } from './service.ts'

run(() =>
  startServiceProcess({
    name: 'provider-adapter',
    env: process.env,
    processId: process.pid,
    needsDatabase: false,
    // As long as a generation may take: its answer ends with this process.
    shutdownTimeoutMs: 300_000,
    async start(parts) {
      const { shutdownTimeoutMs } = parts
      return startProviderAdapter(
        {
          ...readProviderAdapterConfig(parts.env),
          shutdownTimeoutMs,
          instance: parts.instanceId,
          keyRing: parts.keyRing(),
          asksForRows: true,
        },
        {
          ...parts.basics,
          generations: await parts.generations(),
          queue: await parts.queue(),
          catalogue: await parts.catalogue({ discover: false }),
        },
      )
    },
  }),
)
