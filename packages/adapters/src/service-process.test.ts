import { expect, test } from '@jest/globals'
import { startServiceProcess } from './service-process.ts'

const redis = { REDIS_URL: 'redis://127.0.0.1:1' }

/** What a service process says of its environment; `started` when it has nothing to say. */
async function complaint(
  env: Record<string, string>,
  needsDatabase: boolean,
  readsKey = false,
): Promise<string> {
  try {
    await startServiceProcess({
      name: 'router',
      env: { OBSERVABILITY_ENABLED: 'false', LOG_LEVEL: 'silent', ...env },
      processId: 1,
      needsDatabase,
      shutdownTimeoutMs: 1_000,
      start: (parts) => {
        if (readsKey) parts.keyRing()
        return Promise.reject(new Error('started'))
      },
    })
  } catch (error) {
    return Error.isError(error) ? error.message : String(error)
  }
  throw new Error('the process runs')
}

test('B-20: a service that owns no tables starts without a database; all of them need Redis', async () => {
  expect(await complaint(redis, false)).toBe('started')
  expect(await complaint({}, false)).toContain('REDIS_URL')
  expect(await complaint({}, false)).not.toContain('DATABASE_URL')
})

test('one that owns tables names both, in one go', async () => {
  expect(await complaint({}, true)).toMatch(/REDIS_URL[^]*DATABASE_URL/)
  expect(await complaint(redis, true)).toContain('DATABASE_URL')
})

test('S-152: in production, one that seals what crosses Redis does not start without a key for it', async () => {
  const production = { ...redis, NODE_ENV: 'production' }
  const key = { ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'), ENCRYPTION_KEY_ID: 'k' }
  expect(await complaint(production, false, true)).toContain('ENCRYPTION_KEY')
  expect(await complaint({ ...production, ...key }, false, true)).toBe('started')
  expect(await complaint(production, false)).toBe('started')
})
