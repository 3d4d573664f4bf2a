import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { BatchOptions, Taking } from '@sluice/generations'
import { sleep, type Clock } from '@sluice/kernel/clock'
import { storedAsked, storedUsage } from './stored-json.ts'
import type { StreamEntry, StreamReader } from './stream-reader.ts'

export interface UsageTakingContext {
  readonly reader: StreamReader
  readonly clock: Clock
  readonly leaseMs: number
  readonly confirm: (id: string) => Promise<void>
  readonly onError: (error: unknown) => void
}

/** How long a batch rests after its handler threw, ms. */
const retryPauseMs = 1_000

/** Hands usage records over in batches, one batch at a time, and confirms a batch when its handler resolved. */
export function takeUsage(
  handler: (records: readonly UsageRecord[]) => Promise<void>,
  { maxRecords, maxWaitMs }: BatchOptions,
  { reader, clock, leaseMs, confirm, onError }: UsageTakingContext,
): Taking {
  const stopping = new AbortController()
  let lookedBackAt = clock.monotonic()

  async function nextBatch(): Promise<readonly StreamEntry[]> {
    if (clock.monotonic() - lookedBackAt >= leaseMs) {
      lookedBackAt = clock.monotonic()
      const abandoned = await reader.takeOver(maxRecords, leaseMs)
      if (abandoned.length > 0) return abandoned
    }
    const first = await reader.read(maxRecords)
    if (first.length === 0 || first.length >= maxRecords) return first
    await pause(maxWaitMs)
    return [...first, ...(await reader.read(maxRecords - first.length, false))]
  }

  /** Ends early when the taking is disposed. */
  async function pause(ms: number): Promise<void> {
    await sleep(clock, ms, stopping.signal).catch(() => {})
  }

  async function handOver(batch: readonly StreamEntry[]): Promise<boolean> {
    try {
      await handler(batch.map(parseRecord))
      await Promise.all(batch.map(({ id }) => confirm(id)))
      return true
    } catch (error) {
      onError(error)
      return false
    }
  }

  /** Keeps the batch from being taken over while its handler works or rests; false when the taking ended first. */
  async function insist(batch: readonly StreamEntry[]): Promise<boolean> {
    using _renewal = clock.every(leaseMs / 3, () => {
      void reader.keep(batch)
    })
    while (!(await handOver(batch))) {
      if (stopping.signal.aborted) return false
      await pause(retryPauseMs)
    }
    return true
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const batch = await nextBatch()
      if (batch.length > 0 && !(await insist(batch))) return
    }
    for (;;) {
      const rest = await reader.read(maxRecords, false)
      if (rest.length === 0 || !(await handOver(rest))) return
    }
  }

  const ended = loop()
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      reader.stop()
      await ended
      reader[Symbol.dispose]()
    },
  }
}

/** Fields of an entry: `record` and, where there is something, `asked`. */
function parseRecord({ fields }: StreamEntry): UsageRecord {
  const record = storedUsage.read((fields[1] as Buffer).toString())
  const asked = fields[3] as Buffer | undefined
  if (asked !== undefined) record.asked = storedAsked.read(asked.toString())
  return record
}
