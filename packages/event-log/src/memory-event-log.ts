import type { TopicLayout } from '@sluice/contracts/topics/topic'
import { systemClock, type Clock } from '@sluice/kernel/clock'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { eventLogErrors } from './errors.ts'
import type { EventLog, NewEvent, StoredEvent } from './event-log.ts'
import { MemoryGroup } from './memory-group.ts'
import { partitionOf } from './partition-of.ts'

export interface MemoryEventLogOptions {
  readonly clock?: Clock
  /** Told about handlers that throw; silent without. */
  readonly logger?: Logger
}

/** For tests and simulation: keeps every event as long as the process lives, whatever the topic's retention says. */
export function createMemoryEventLog(options: MemoryEventLogOptions = {}): EventLog {
  return new MemoryEventLog(options)
}

interface MemoryTopic {
  /** An event's offset is its index. */
  readonly partitions: readonly StoredEvent[][]
  readonly groups: Map<string, MemoryGroup>
}

class MemoryEventLog implements EventLog {
  readonly adapter = 'memory'
  readonly #clock: Clock
  readonly #logger: Logger | undefined
  readonly #topics = new Map<string, MemoryTopic>()
  readonly #subscriptions = new Set<AsyncDisposable>()
  #closed = false

  constructor({ clock = systemClock, logger }: MemoryEventLogOptions) {
    this.#clock = clock
    this.#logger = logger
  }

  async createTopics(topics: readonly TopicLayout[]): Promise<void> {
    this.#assertOpen()
    for (const { name, partitions } of topics) {
      if (this.#topics.has(name)) continue
      this.#topics.set(name, {
        partitions: Array.from({ length: partitions }, () => []),
        groups: new Map(),
      })
    }
  }

  async publish(topic: string, events: readonly NewEvent[]): Promise<void> {
    const { partitions, groups } = this.#topic(topic)
    for (const event of events) {
      const partition = partitionOf(event.key, partitions.length)
      const log = partitions[partition] ?? []
      log.push(copy({ ...event, partition, offset: BigInt(log.length) }))
    }
    for (const group of groups.values()) group.wake()
  }

  async subscribe(
    topic: string,
    { group: name, maxBatch }: { readonly group: string; readonly maxBatch: number },
    handler: (events: readonly StoredEvent[]) => Promise<void>,
  ): Promise<AsyncDisposable> {
    const { partitions, groups } = this.#topic(topic)
    const logger = this.#logger?.child({ topic, group: name })
    const group = groups.get(name) ?? new MemoryGroup(partitions, this.#clock, logger)
    groups.set(name, group)
    const member = group.join(maxBatch, (events) => handler(events.map(copy)))
    this.#subscriptions.add(member)
    const stop = async () => {
      this.#subscriptions.delete(member)
      await member[Symbol.asyncDispose]()
    }
    return { [Symbol.asyncDispose]: stop }
  }

  async read(
    topic: string,
    partition: number,
    offset: bigint,
    limit: number,
  ): Promise<readonly StoredEvent[]> {
    const log = this.#topic(topic).partitions[partition]
    if (!log) throw unknown(`${topic} has no partition ${String(partition)}`)
    return log.slice(Number(offset), Number(offset) + limit).map(copy)
  }

  async rewrite(topic: string, change: (event: StoredEvent) => NewEvent | null): Promise<number> {
    let changed = 0
    for (const log of this.#topic(topic).partitions) {
      for (const [i, event] of log.entries()) {
        const next = change(copy(event))
        if (!next) continue
        log[i] = copy({ ...next, partition: event.partition, offset: event.offset })
        changed += 1
      }
    }
    return changed
  }

  async ping(): Promise<void> {
    this.#assertOpen()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#subscriptions].map((member) => member[Symbol.asyncDispose]()))
  }

  #topic(name: string): MemoryTopic {
    this.#assertOpen()
    const topic = this.#topics.get(name)
    if (!topic) throw unknown(`there is no topic ${name}`)
    return topic
  }

  #assertOpen(): void {
    if (this.#closed) {
      throw new GatewayError(kernelErrors.dependency_unavailable, 'the event log is closed')
    }
  }
}

function unknown(message: string): GatewayError {
  return new GatewayError(eventLogErrors.unknown_topic, message)
}

function copy(event: StoredEvent): StoredEvent {
  return { ...event, attributes: { ...event.attributes } }
}
