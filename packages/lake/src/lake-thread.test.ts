import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { usage } from '@sluice/contracts/lake/tables'
import { eventLogErrors } from '@sluice/event-log/errors'
import type { EventBatch, EventLog, StoredEvent } from '@sluice/event-log'
import { encodeEvents } from '@sluice/event-log/record-batch'
import { GatewayError } from '@sluice/kernel/errors'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { LakeFolder } from './lake-folder.ts'
import type { FromLakeThread } from './lake-tasks.ts'
import { LakeThread } from './lake-thread.ts'
import { LogFromAfar } from './log-from-afar.ts'
import { usageEvent, usageTopic } from './testing/lake-events.ts'

const clock = createFakeClock()
const stored = (n: number, offset: number): StoredEvent => {
  return { ...usageEvent(n, clock.now()), partition: 0, offset: BigInt(offset) }
}

/** A log with one topic, whose offsets may have gaps. */
function logOf(events: readonly StoredEvent[]): Pick<EventLog, 'read'> {
  return {
    async read(topic, partition, offset, limit) {
      if (topic !== usageTopic.name || partition > 0)
        throw new GatewayError(eventLogErrors.unknown_topic)
      return events.filter((event) => event.offset >= offset).slice(0, limit)
    },
  }
}

async function opened(events: Pick<EventLog, 'read' | 'readBatches'>) {
  const folder = await mkdtemp(join(tmpdir(), 'lake-thread-'))
  const written: number[] = []
  const options = { folder, keepSnapshotsMs: 0, orphanAgeMs: 0, events, clock }
  const lake = new LakeThread({ ...options, onWritten: (_table, { rows }) => written.push(rows) })
  return {
    lake,
    written,
    offsets: async () => {
      const table = await new LakeFolder(folder, { clock }).table(usage)
      const found: number[] = []
      if (table)
        for await (const row of (await table.view()).rows()) found.push(Number(row['kafka_offset']))
      return found.toSorted((a, b) => a - b)
    },
    async [Symbol.asyncDispose]() {
      await lake[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

describe('the lake in a thread of its own', () => {
  test('writes what a log gives it, one with gaps too, and says so', async () => {
    const at = [0, 1, 5, 6, 9]
    await using running = await opened(logOf(at.map((offset) => stored(offset, offset))))
    await running.lake.write()
    expect(await running.offsets()).toEqual(at)
    expect(running.written).toEqual([5])
    await running.lake.write()
    expect(running.written).toEqual([5])
  })

  test('fails as the log does, and goes on when that does', async () => {
    const log = logOf([stored(1, 0)])
    let isAway = true
    const unavailable = { code: 'away', status: 503, retryable: true, title: 'away' }
    await using running = await opened({
      async read(...asked) {
        if (isAway) throw new GatewayError(unavailable)
        return log.read(...asked)
      },
    })
    await expect(running.lake.write()).rejects.toMatchObject({ code: 'away', retryable: true })
    isAway = false
    await running.lake.write()
    expect(await running.offsets()).toEqual([0])
  })

  test('who waits for a thread that ends is told so', async () => {
    const asked = Promise.withResolvers<void>()
    await using running = await opened({
      read() {
        asked.resolve()
        return new Promise(() => undefined)
      },
    })
    const writing = running.lake.write()
    await asked.promise
    await running.lake[Symbol.asyncDispose]()
    await expect(writing).rejects.toThrow('the lake’s thread has ended')
    await expect(running.lake.write()).rejects.toThrow('the lake is closed')
  })
})

async function packed(events: readonly StoredEvent[]): Promise<EventBatch[]> {
  const [first] = events
  return first ? [{ firstOffset: first.offset, records: await encodeEvents(events) }] : []
}

describe('the event log from afar', () => {
  test('a batch is fetched once, given piece by piece, and never given after it was to be forgotten', async () => {
    const batch = await packed([0, 1, 2, 3, 4, 5].map((offset) => stored(offset, offset)))
    const asked: bigint[] = []
    const log = new LogFromAfar(({ read, offset }: Extract<FromLakeThread, { read: number }>) => {
      asked.push(offset)
      queueMicrotask(() => {
        log.answered({ read, batches: batch, now: 0 })
      })
    })
    const read = async (offset: bigint) =>
      (await log.read('t', 0, offset, 2)).map((event) => Number(event.offset))
    expect(await read(1n)).toEqual([1, 2])
    expect(await read(3n)).toEqual([3, 4])
    expect(asked).toEqual([1n])
    log.forget()
    expect(await read(5n)).toEqual([5])
    expect(asked).toEqual([1n, 5n])
    // Another place is another question.
    expect(await read(0n)).toEqual([0, 1])
    expect(asked).toEqual([1n, 5n, 0n])
  })
})
