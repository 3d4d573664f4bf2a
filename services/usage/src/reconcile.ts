import { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { RequestId } from '@sluice/contracts/ids'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import type { EventLog, StoredEvent } from '@sluice/event-log'
import { eventLogErrors } from '@sluice/event-log/errors'
import { GatewayError } from '@sluice/kernel/errors'
import type { ArchiveStore } from '@sluice/store/archive-store'
import type {
  BillFacts,
  EventPositions,
  ReconciliationStore,
} from '@sluice/store/reconciliation-store'
import type { Period } from '@sluice/store/usage-reports'
import { decodeGeneration } from './archived-generation.ts'

export interface Books {
  readonly store: ReconciliationStore
  readonly events: EventLog
  readonly archive: ArchiveStore
  /** Logs of calls accepted since `since` (Unix ms) may be hot still. Null: they cannot be reached from here. */
  readonly hot: {
    readonly since: number
    readonly describe: (id: RequestId) => Promise<GenerationSummary | null>
  } | null
}

/**
 * `missing_bill`: an event of a call that the ledger does not have. `missing_event`: the other way round. `different`: a field in which the bill
 * differs from its event or from the end of its log. `wrong_sums`: an hour whose sums are not those of its bills.
 */
export interface Difference {
  readonly kind: 'missing_bill' | 'missing_event' | 'different' | 'wrong_sums'
  /** Of the call; the hour (RFC 3339) of sums. */
  readonly id: string
  readonly detail: string
}

export interface Reconciliation {
  readonly period: Period
  readonly bills: number
  /** Different ones; the event log may hold one twice. */
  readonly events: number
  readonly repeatedEvents: number
  /** Ends of logs that were there to compare with. */
  readonly ends: number
  /** In full, however many there are. */
  readonly differenceCount: number
  /** The first of them. */
  readonly differences: readonly Difference[]
  /** From where a check of a later period has to read. */
  readonly positions: EventPositions
}

/** Differences that are kept to be shown. */
const maxShown = 1_000
const page = 1_000
/** Every read of Kafka is a consumer of its own. */
const eventPage = 5_000
/** An event follows its call by as long as that runs, and by as long as the ledger was away. */
const eventMarginMs = 60 * 60_000

const compared = [
  'state',
  'amount_nano_usd',
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
] as const satisfies readonly (keyof BillFacts)[]

/**
 * Compares the three places that tell of a call, by its id and to the unit: the ledger, the event log, and the end of its log as far as that is kept.
 * Reads only. Holds the ids of the period in memory, some 100 bytes each.
 */
export async function reconcile(
  period: Period,
  books: Books,
  from: EventPositions = {},
): Promise<Reconciliation> {
  const check = new Check(period, books)
  const positions = await check.events(from)
  await check.bills()
  await check.archivedEnds()
  await check.sums()
  return check.result(positions)
}

class Check {
  readonly #period: Period
  readonly #books: Books
  readonly #told = new Set<string>()
  readonly #differences: Difference[] = []
  #differenceCount = 0
  #repeatedEvents = 0
  #bills = 0
  #ends = 0

  constructor(period: Period, books: Books) {
    this.#period = period
    this.#books = books
  }

  async events(from: EventPositions): Promise<EventPositions> {
    const positions: Record<string, string> = {}
    for (let partition = 0; partition < usageRecorded.partitions; partition += 1) {
      const start = BigInt(from[String(partition)] ?? '0')
      const next = await this.#partition(partition, start)
      if (next === null) break
      positions[String(partition)] = String(next)
    }
    return positions
  }

  /** Where a later check begins: at the first event that may be of a call after this period. Null: there is no such partition. */
  async #partition(partition: number, start: bigint): Promise<bigint | null> {
    let offset = start
    let later: bigint | null = null
    for (;;) {
      const events = await this.#read(partition, offset)
      if (events === null) return null
      const last = events.at(-1)
      if (!last) return later ?? offset
      later ??=
        events.find((event) => Date.parse(event.attributes.time) >= this.#period.to)?.offset ?? null
      await this.#compareEvents(events)
      offset = last.offset + 1n
      if (Date.parse(last.attributes.time) >= this.#period.to + eventMarginMs)
        return later ?? offset
    }
  }

  async #read(partition: number, offset: bigint): Promise<readonly StoredEvent[] | null> {
    try {
      return await this.#books.events.read(usageRecorded.name, partition, offset, eventPage)
    } catch (thrown) {
      const isBeyond = GatewayError.is(thrown) && thrown.code === eventLogErrors.unknown_topic.code
      if (isBeyond && partition > 0) return null
      throw thrown
    }
  }

  async #compareEvents(events: readonly StoredEvent[]): Promise<void> {
    const { from, to } = this.#period
    const fresh: BillFacts[] = []
    for (const { value } of events) {
      const record = UsageRecord.parse(JSON.parse(value))
      if (record.accepted_at < from || record.accepted_at >= to) continue
      if (this.#told.has(record.request_id)) this.#repeatedEvents += 1
      else fresh.push(record)
      this.#told.add(record.request_id)
    }
    if (fresh.length === 0) return
    const found = await this.#books.store.find(fresh.map((record) => record.request_id))
    const bills = new Map(found.map((bill) => [bill.request_id, bill]))
    for (const record of fresh) {
      const bill = bills.get(record.request_id)
      if (bill) this.#compare(bill, record, 'its event')
      else this.#differ('missing_bill', record.request_id, 'there is an event, and no bill')
    }
  }

  async bills(): Promise<void> {
    let after: string | null = null
    for (;;) {
      const bills: readonly BillFacts[] = await this.#books.store.bills(this.#period, after, page)
      for (const bill of bills) await this.#bill(bill)
      after = bills.at(-1)?.request_id ?? null
      if (bills.length < page || after === null) return
    }
  }

  async #bill(bill: BillFacts): Promise<void> {
    this.#bills += 1
    if (!this.#told.has(bill.request_id))
      this.#differ('missing_event', bill.request_id, 'there is a bill, and no event')
    const { hot } = this.#books
    if (hot === null || timeOf(bill.request_id) < hot.since) return
    this.#end(bill, await hot.describe(bill.request_id as RequestId))
  }

  async archivedEnds(): Promise<void> {
    const { from, to } = this.#period
    await this.#books.archive.visit({ from, to: to + eventMarginMs }, async (generations) => {
      const ends = new Map(
        generations.flatMap(({ content }) => {
          const { summary } = decodeGeneration(content)
          return summary.acceptedAt >= from && summary.acceptedAt < to
            ? [[summary.id, summary]]
            : []
        }),
      )
      const found = await this.#books.store.find([...ends.keys()])
      const bills = new Map(found.map((bill) => [bill.request_id, bill]))
      for (const [id, summary] of ends) {
        const bill = bills.get(id)
        if (bill) this.#end(bill, summary)
        else this.#differ('missing_bill', id, 'there is the end of a log, and no bill')
      }
    })
  }

  #end(bill: BillFacts, summary: GenerationSummary | null): void {
    // A log that was lost under its writer is billed by report, and may have come back without its end.
    if (!summary?.terminal) return
    this.#ends += 1
    const { state, usage, amountNanoUsd } = summary.terminal
    this.#compare(bill, { ...usage, state, amount_nano_usd: amountNanoUsd }, 'the end of its log')
  }

  async sums(): Promise<void> {
    for (const hour of await this.#books.store.wrongHours(this.#period))
      this.#differ('wrong_sums', new Date(hour).toISOString(), 'sums are not those of their bills')
  }

  #compare(bill: BillFacts, other: Omit<BillFacts, 'request_id'>, source: string): void {
    for (const field of compared) {
      if (bill[field] === other[field]) continue
      const detail = `${field} is ${String(bill[field])} in the bill and ${String(other[field])} in ${source}`
      this.#differ('different', bill.request_id, detail)
    }
  }

  #differ(kind: Difference['kind'], id: string, detail: string): void {
    this.#differenceCount += 1
    if (this.#differences.length < maxShown) this.#differences.push({ kind, id, detail })
  }

  result(positions: EventPositions): Reconciliation {
    return {
      period: this.#period,
      bills: this.#bills,
      events: this.#told.size,
      repeatedEvents: this.#repeatedEvents,
      ends: this.#ends,
      differenceCount: this.#differenceCount,
      differences: this.#differences,
      positions,
    }
  }
}

/** When a call was accepted, by its id. */
function timeOf(requestId: string): number {
  return Number.parseInt(requestId.slice(0, 8) + requestId.slice(9, 13), 16)
}
