import { describe, expect, test } from '@jest/globals'
import { importDirection } from './import-direction.ts'

function findings(path: string, text: string): string[] {
  return importDirection
    .run([{ path, text }])
    .map(({ file, line, message }) => `${file}:${String(line)} ${message}`)
}

describe('import direction', () => {
  test('names file, line and both packages of a service that imports an adapter', () => {
    const text = `import { z } from 'zod'
import {
  createRedisGenerations,
} from '@sluice/generations-redis'
`
    expect(findings('services/router/src/reaper.ts', text)).toEqual([
      'services/router/src/reaper.ts:4 a service (services/router) must not import @sluice/generations-redis',
    ])
  })

  test.each([
    ['services/auth/src/keys.ts', `import { startUsage } from '@sluice/usage'`],
    ['services/auth/src/keys.ts', `import type { Caller } from '@sluice/adapters/adapters'`],
    ['services/auth/src/keys.ts', `export { startUsage } from '../../usage/src/service.ts'`],
    ['services/auth/src/keys.ts', `const demo = await import('@sluice/demo-provider')`],
    ['packages/contracts/src/ids.ts', `import { newId } from '@sluice/kernel/ids'`],
    ['packages/kernel/src/run.ts', `import type { Generations } from '@sluice/generations'`],
    ['packages/wire/src/splice.ts', `import type { Store } from '@sluice/store/auth-store'`],
    ['packages/work-queue-redis/src/queue.ts', `import '@sluice/generations'`],
    ['packages/new-thing/src/new.ts', `import { z } from 'zod'`],
  ])('refuses %s: %s', (path, text) => {
    expect(findings(path, text)).toHaveLength(1)
  })

  test.each([
    ['services/auth/src/main.ts', `import { openDatabase } from '@sluice/adapters/adapters'`],
    ['services/auth/src/keys.ts', `import type { AuthStore } from '@sluice/store/auth-store'`],
    ['services/auth/src/keys.test.ts', `import { FakeClock } from '@sluice/testkit/fake-clock'`],
    ['services/ingress/src/edge.ts', `import { openaiChat } from '@sluice/wire-openai-chat'`],
    ['packages/store/src/usage-store.ts', `import type { Event } from '@sluice/event-log'`],
    [
      'packages/work-queue-redis/src/queue.ts',
      `import type { WorkQueue } from '@sluice/work-queue'`,
    ],
    ['packages/kernel/src/run.ts', `import { messageOf } from './errors.ts'`],
    ['apps/gateway/src/gateway.ts', `import { startUsage } from '@sluice/usage'`],
  ])('lets %s have %s', (path, text) => {
    expect(findings(path, text)).toEqual([])
  })
})
