import { expect, test } from '@jest/globals'
import { generationsTiming } from './adapters.ts'
import { readAdaptersConfig } from './adapters-config.ts'

const minute = 60_000
const postgres = { DATABASE_URL: 'postgres://localhost/sluice' }

test('a service apart counts on the archive of the others', () => {
  expect(readAdaptersConfig({}, 1, { apart: true }).archiveHours).toBe(24)
})

test.each([
  ['embedded stores: as long as the log', {}, 0, 15 * minute],
  ['an archive: a day', postgres, 24, 24 * 60 * minute],
  [
    'a short archive: as long as that',
    { ...postgres, GENERATION_ARCHIVE_HOURS: '2' },
    2,
    120 * minute,
  ],
  ['a long archive: a day', { GENERATION_ARCHIVE_HOURS: '720' }, 720, 24 * 60 * minute],
  [
    'no archive: as long as the log',
    { ...postgres, GENERATION_ARCHIVE_HOURS: '0' },
    0,
    15 * minute,
  ],
])(
  'an idempotency key does not outlive its answer; %s',
  (_case, env, archiveHours, idempotencyMs) => {
    const config = readAdaptersConfig(env, 1)
    expect(config.archiveHours).toBe(archiveHours)
    expect(generationsTiming(config)).toEqual({ idempotencyMs })
  },
)
