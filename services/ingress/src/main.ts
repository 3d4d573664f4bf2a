import process from 'node:process'
import { startServiceProcess } from '@sluice/adapters/service-process'
import { run } from '@sluice/kernel/run'
import { readIngressConfig } from './config.ts'
import { startIngress } from './service.ts'

run(() =>
  startServiceProcess({
    name: 'ingress',
    env: process.env,
    processId: process.pid,
    needsDatabase: false,
    // As long as an answer may take: its client reads it to the end here.
    shutdownTimeoutMs: 300_000,
    async start(parts) {
      const { shutdownTimeoutMs } = parts
      return startIngress(
        { ...readIngressConfig(parts.env), shutdownTimeoutMs },
        {
          ...parts.basics,
          generations: await parts.generations(),
          queue: await parts.queue(),
          keyRing: parts.keyRing(),
        },
      )
    },
  }),
)
