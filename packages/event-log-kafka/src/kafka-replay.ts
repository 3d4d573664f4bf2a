import { randomUUID } from 'node:crypto'
import { eventLogErrors } from '@sluice/event-log/errors'
import type { StoredEvent } from '@sluice/event-log'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { Admin, Kafka } from 'kafkajs'
import type { ClientSlot } from './client-slot.ts'
import { ReplayMember, type Stretch } from './replay-member.ts'

/** How long a member stays in its group after the last read. */
const idleMs = 30_000

export interface ReplayRequest {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly limit: number
}

export interface ReplayParts {
  readonly kafka: Kafka
  readonly admin: ClientSlot<Admin>
  readonly clock: Clock
  readonly timeoutMs: number
}

/**
 * Reads stretches of partitions. kafkajs can fetch only as a member of a group, so there is one member for each topic that is read, in a group of
 * its own that commits nothing and is deleted afterwards. Joining takes as long as the brokers' `group.initial.rebalance.delay.ms`, so a member
 * stays for a while: who reads a partition on and on joins once.
 */
export class KafkaReplay implements AsyncDisposable {
  readonly #parts: ReplayParts
  readonly #members = new Map<string, Promise<Joined>>()
  readonly #leaving = new Set<Promise<void>>()

  constructor(parts: ReplayParts) {
    this.#parts = parts
  }

  async read({ topic, partition, offset, limit }: ReplayRequest): Promise<readonly StoredEvent[]> {
    const ends = await this.#parts.admin.use(topic, async (client) => {
      await client.fetchTopicMetadata({ topics: [topic] }) // fails at once for a missing topic, where the next would insist
      return client.fetchTopicOffsets(topic)
    })
    const end = ends.find((known) => known.partition === partition)
    if (!end) {
      const message = `${topic} has no partition ${String(partition)}`
      throw new GatewayError(eventLogErrors.unknown_topic, message)
    }
    const low = BigInt(end.low)
    const from = offset > low ? offset : low
    const until = BigInt(end.high)
    if (from >= until || limit <= 0) return []
    return this.#readWith({ partition, from, until, limit }, topic)
  }

  async #readWith(stretch: Stretch, topic: string): Promise<readonly StoredEvent[]> {
    const known = this.#members.get(topic)
    const hasIt = known && (await known).member.has(stretch.partition)
    if (known && !hasIt) this.#leave(topic, known)
    const joining = this.#members.get(topic) ?? this.#join(topic)
    const joined = await joining
    joined.idle.cancel()
    joined.reads += 1
    try {
      return await joined.member.read(stretch)
    } catch (error) {
      // One that failed may never work again.
      this.#leave(topic, joining)
      throw error
    } finally {
      joined.reads -= 1
      if (joined.reads === 0)
        joined.idle = this.#parts.clock.after(idleMs, () => {
          if (joined.reads === 0) this.#leave(topic, joining)
        })
    }
  }

  #join(topic: string): Promise<Joined> {
    const { kafka, clock, timeoutMs } = this.#parts
    const groupId = `replay-${randomUUID()}`
    const member = new ReplayMember({ kafka, topic, groupId, clock, timeoutMs })
    const joining = member.join().then(() => ({
      member,
      groupId,
      reads: 0,
      idle: clock.after(idleMs, () => undefined),
    }))
    this.#members.set(topic, joining)
    joining.catch(() => {
      if (this.#members.get(topic) === joining) this.#members.delete(topic)
      void member[Symbol.asyncDispose]()
    })
    return joining
  }

  #leave(topic: string, joining: Promise<Joined>): void {
    if (this.#members.get(topic) !== joining) return
    this.#members.delete(topic)
    const left = this.#end(topic, joining).finally(() => {
      this.#leaving.delete(left)
    })
    this.#leaving.add(left)
  }

  async #end(topic: string, joining: Promise<Joined>): Promise<void> {
    const joined = await joining.catch(() => null)
    if (!joined) return
    joined.idle.cancel()
    await joined.member[Symbol.asyncDispose]()
    // The broker forgets an empty group that never committed as well, only later.
    const { groupId } = joined
    await this.#parts.admin
      .use(topic, (client) => client.deleteGroups([groupId]))
      .catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [topic, joining] of this.#members) this.#leave(topic, joining)
    await Promise.all(this.#leaving)
  }
}

interface Joined {
  readonly member: ReplayMember
  readonly groupId: string
  reads: number
  idle: Timer
}
