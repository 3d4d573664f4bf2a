import { expect, test } from '@jest/globals'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { systemClock as clock } from '@sluice/kernel/clock'
import { MemoryOutbox } from './memory-outbox.ts'

const mebibyte = 1024 * 1024
const record = (id: string, keeps = true) =>
  ({
    request_id: id,
    price: null,
    calls: [],
    ...(keeps && { asked: { session_id: 's', turns: [] } }),
  }) as unknown as UsageRecord
const log = (bytes: number): LogEntry[] => [
  { epoch: 1, seq: 1, head: null, data: Buffer.alloc(bytes), end: null },
]

async function takenFrom(outbox: MemoryOutbox): Promise<readonly (number | null)[]> {
  const { promise, resolve } = Promise.withResolvers<readonly (number | null)[]>()
  await using _taking = outbox.take(
    async (records, logs) => {
      resolve(records.map(({ request_id: id }) => logs?.get(id)?.[0]?.data.length ?? null))
    },
    { maxRecords: 100, maxWaitMs: 1 },
  )
  return await promise
}

test('a log goes along with its record where something of the call is kept, and as far as memory allows', async () => {
  const outbox = new MemoryOutbox(clock, () => undefined)
  outbox.push(record('a'), log(10))
  outbox.push(record('b', false), log(20))
  outbox.push(record('c'), log(10 * mebibyte))
  outbox.push(record('d'), log(10 * mebibyte))
  expect(await takenFrom(outbox)).toEqual([10, null, 10 * mebibyte, null])
  // What was handed over has left its room.
  outbox.push(record('e'), log(10 * mebibyte))
  expect(await takenFrom(outbox)).toEqual([10 * mebibyte])
})
