import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TopicLayout } from '@sluice/contracts/topics/topic'
import type { EventLog, NewEvent, StoredEvent } from '@sluice/event-log'

/** One promise (or omission) of the port, tried on a real adapter. The title is its name: skips and planted faults refer to it. */
export interface EventLogCase {
  readonly title: string
  readonly run: (bench: EventLogBench) => Promise<void>
}

/** What a case works with. Everything it opens is closed after it, in reverse. */
export class EventLogBench implements AsyncDisposable {
  readonly #create: () => Promise<EventLog>
  readonly #patienceMs: number
  readonly #opened = new AsyncDisposableStack()

  /** `patienceMs`: how long a condition may take to become true before the case fails. */
  constructor(create: () => Promise<EventLog>, patienceMs = 15_000) {
    this.#create = create
    this.#patienceMs = patienceMs
  }

  async open(): Promise<EventLog> {
    return this.#opened.use(await this.#create())
  }

  /** A log with a fresh topic on it. */
  async openWithTopic(partitions = 1): Promise<{ log: EventLog; topic: string }> {
    const log = await this.open()
    const layout = newTopic(partitions)
    await log.createTopics([layout])
    return { log, topic: layout.name }
  }

  recorder(): Recorder {
    return new Recorder(this)
  }

  /** Waits for a condition that some callback or another process will make true. */
  async until(condition: () => boolean, what: () => string): Promise<void> {
    const deadline = performance.now() + this.#patienceMs
    while (!condition()) {
      if (performance.now() > deadline) assert.fail(`waited in vain for ${what()}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync()
  }
}

/** A handler that keeps what it got, batch by batch. */
export class Recorder {
  readonly batches: (readonly StoredEvent[])[] = []
  readonly handle = async (events: readonly StoredEvent[]): Promise<void> => {
    this.batches.push(events)
  }
  readonly #bench: EventLogBench

  constructor(bench: EventLogBench) {
    this.#bench = bench
  }

  get events(): StoredEvent[] {
    return this.batches.flat()
  }

  /** Without repeats, in the order of their first delivery: exactly once is not promised. */
  get ids(): string[] {
    return [...new Set(idsOf(this.events))]
  }

  async reaches(count: number): Promise<void> {
    await this.#bench.until(
      () => this.ids.length >= count,
      () => `${String(count)} events; got ${this.ids.join(' ')}`,
    )
  }
}

/** A topic no other case and no earlier run has used. */
export function newTopic(partitions = 1): TopicLayout {
  return { name: `contract.${randomUUID()}`, partitions, retentionMs: 3_600_000, compacted: false }
}

export function newEvent(key: string, id: string, value: unknown = { id }): NewEvent {
  return {
    key,
    value: JSON.stringify(value),
    attributes: {
      id,
      source: '/sluice/contract',
      type: 'sluice.contract.checked',
      subject: key,
      time: '2026-01-02T03:04:05.678Z',
      tenant: 'default',
      schemaversion: '1',
    },
  }
}

/** Events `from … from+count-1` of one key, as `e0`, `e1`, … */
export function newEvents(count: number, key = 'key', from = 0): NewEvent[] {
  return Array.from({ length: count }, (_, i) => newEvent(key, `e${String(from + i)}`))
}

export function idsOf(events: readonly NewEvent[]): string[] {
  return events.map((event) => event.attributes.id)
}
