import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { Cursor, NewEntry } from '@sluice/contracts/generation/log-entry'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId, TenantId } from '@sluice/contracts/ids'
import {
  type Admission,
  type Admitted,
  type BatchOptions,
  type CallTarget,
  type CancelOutcome,
  type Claim,
  type Claimed,
  type Count,
  defaultTiming,
  type End,
  type Generations,
  type GenerationsTiming,
  type QueueDepths,
  type ReadOutcome,
  type ReapReport,
  type Revocation,
  type Seed,
  type TakeOptions,
  type Taking,
  type Tail,
  type Transition,
} from '@sluice/generations'
import { assertSound } from '@sluice/generations/charges'
import { generationErrors, retryAfterMs } from '@sluice/generations/errors'
import { logHandlerFailure } from '@sluice/generations/handler-failures'
import { noRoom } from '@sluice/generations/pace'
import { absence } from '@sluice/generations/retention'
import { unreadReason, verdict } from '@sluice/generations/verdict'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { inPlaceOf, placeOf } from '@sluice/kernel/ids'
import type { Logger } from '@sluice/kernel/logger'
import { isOutOfMemory, unavailable } from './errors.ts'
import { FieldReader } from './fields.ts'
import { readFunctionLibrary } from './function-library.ts'
import { LogWriting, refusalOf } from './log-writing.ts'
import { PushChannel } from './push-channel.ts'
import { reapShard, unreadOf } from './reap-shard.ts'
import {
  commandTimeoutMs,
  maxInlineBodyBytes,
  type RedisGenerationsOptions,
} from './redis-generations-options.ts'
import { Recent } from './recent.ts'
import { RedisLink } from './redis-link.ts'
import { RedisTail } from './redis-tail.ts'
import { Shard } from './shard.ts'
import type { AdmitReply, Verdict } from './shard-values.ts'
import { countArguments, readCountsReply, seedArguments } from './stored-charges.ts'
import { storedRequest } from './stored-json.ts'
import { readDepths, toLogEntry } from './views.ts'
import { StreamReader, type StreamEntry } from './stream-reader.ts'
import { takeUsage } from './usage-taking.ts'
import { takeWork } from './work-taking.ts'

export type { RedisGenerationsOptions } from './redis-generations-options.ts'

/** Generations on Redis 7 or later. Resolves also when Redis is away: calls fail until it comes. */
export async function createRedisGenerations(
  options: RedisGenerationsOptions,
): Promise<Generations> {
  const generations = new RedisGenerations(options)
  await generations.connected()
  return generations
}

const overloaded = toGenerationError(
  new GatewayError(generationErrors.server_is_overloaded, undefined, { retryAfterMs }),
)
/** To be put in the place of a tenant. */
const anyId = '00000000-0000-7000-8000-000000000000' as RequestId
/** About what the rest of a request, or its plan, takes in memory. */
const requestBytes = 2_000
const mismatch = toGenerationError(new GatewayError(generationErrors.idempotency_mismatch))
const overLimit = toGenerationError(new GatewayError(generationErrors.rate_limit_exceeded))
const limitsUnknown = toGenerationError(
  new GatewayError(generationErrors.limits_unknown, undefined, { retryAfterMs }),
)
/** A body key outlives the deadline of its generation by this, in case no reaper runs. */
const bodyMarginMs = 60_000

class RedisGenerations implements Generations {
  readonly adapter = 'redis'
  readonly #options: RedisGenerationsOptions
  readonly #clock: Clock
  readonly #logger: Logger | undefined
  readonly #timing: GenerationsTiming
  readonly #link: RedisLink
  readonly #shards: readonly Shard[]
  readonly #push: PushChannel
  readonly #writing: LogWriting
  readonly #takings = new Set<Taking>()
  /** What is repeated when the server comes back without it. */
  readonly #admitted: Recent<Admission>
  readonly #routed: Recent<{ readonly id: RequestId; readonly plan: RoutePlan }>
  /** What Redis' clock shows more than ours, ms; unknown before the first reply that tells it. */
  #serverAheadMs: number | null = null

  constructor(options: RedisGenerationsOptions) {
    const { url, clock, logger, instanceId, keyPrefix = 'sluice:', shards = 1 } = options
    const { highlyAvailable = false } = options
    if (/\s/.test(instanceId)) throw new Error(`instanceId has a blank: "${instanceId}"`)
    this.#options = options
    this.#clock = clock
    this.#logger = logger
    this.#timing = { ...defaultTiming, ...options.timing }
    this.#admitted = new Recent(clock)
    this.#routed = new Recent(clock)
    this.#link = new RedisLink(
      url,
      readFunctionLibrary(highlyAvailable),
      clock,
      logger,
      highlyAvailable,
    )
    this.#link.onRestart(() => {
      void this.#repeat()
    })
    const context = {
      link: this.#link,
      instanceId,
      timing: this.#timing,
      shards,
      admitUntil: () =>
        this.#serverAheadMs === null
          ? Number.MAX_SAFE_INTEGER
          : clock.now() + this.#serverAheadMs + commandTimeoutMs,
      onServerTime: (serverNow: number) => {
        this.#serverAheadMs = serverNow - clock.now()
      },
    }
    this.#shards = Array.from(
      { length: shards },
      (_, shard) => new Shard(`${keyPrefix}gen:{s${String(shard)}}:`, context),
    )
    this.#writing = new LogWriting({
      clock,
      timing: this.#timing,
      renewLeases: options.renewLeases ?? true,
      link: this.#link,
      shardOf: (id) => this.#shardOf(id),
    })
    this.#push = new PushChannel({
      url,
      channels: this.#shards.map(({ key }) => `${key}push:${instanceId}`),
      clock,
      onRevoked: (id, epoch, reason) => {
        this.#writing.revoke(id, epoch, reason)
      },
    })
  }

  async connected(): Promise<void> {
    await Promise.all([this.#link.connected(), this.#push.connected()])
  }

  async admit(admission: Admission): Promise<Admitted> {
    for (const charge of admission.charges) assertSound(charge)
    try {
      const reply = await this.#admit(admission, false)
      const { verdict: letter, joined, charged } = reply
      // Too late: our caller has had its 503, and the server has just seen what we sent long ago.
      if (letter === 'l') throw unavailable(undefined)
      if (joined !== null) return { ok: true, id: joined, attached: true }
      if (letter === 'o') {
        this.#admitted.add(admission, bytesOf(admission))
        const { id } = admission.request
        return { ok: true, id, attached: false, ...charged }
      }
      if (letter === 'c') return { ok: false, error: { ...overLimit }, ...charged }
      if (letter === 'n') return { ok: false, error: { ...limitsUnknown }, ...charged }
      if (letter === 'm') return { ok: false, error: { ...mismatch } }
      const code = letter === 'q' ? 'tenant_queue_full' : 'server_is_overloaded'
      const { ahead, perSecond } = reply.noRoom ?? { ahead: 0, perSecond: 0 }
      return { ok: false, error: noRoom(code, ahead, perSecond) }
    } catch (error) {
      if (isOutOfMemory(error)) return { ok: false, error: { ...overloaded } }
      throw error
    }
  }

  async #admit(admission: Admission, repeated: boolean): Promise<AdmitReply> {
    const { request, body } = admission
    const shard = this.#shardOf(request.id)
    if (this.#shards.length > 1 && inPlaceOf(request.id, request.caller.tenantId) !== request.id)
      throw new Error('the id of a generation is not in the place of its tenant')
    if (body.length > maxInlineBodyBytes) {
      const ttlMs = Math.max(0, request.deadlineAt - this.#clock.now()) + bodyMarginMs
      await this.#link.command('set', shard.bodyKey(request.id), body, 'PX', ttlMs)
    }
    return shard.admit.run({ admission, repeated })
  }

  async route(id: RequestId, plan: RoutePlan): Promise<Transition> {
    const outcome = transition(await this.#shardOf(id).route.run({ id, plan }))
    if (outcome.ok) this.#routed.add({ id, plan }, requestBytes)
    return outcome
  }

  async reject(id: RequestId, end: End): Promise<Transition> {
    return transition(await this.#shardOf(id).reject.run({ id, end }))
  }

  claim(id: RequestId, onRevoked: (reason: Revocation) => void): Promise<Claimed> {
    return this.#writing.claim(id, onRevoked)
  }

  append(claim: Claim, entries: readonly NewEntry[]): Promise<Transition> {
    return this.#writing.append(claim, entries)
  }

  release(claim: Claim): Promise<Transition> {
    return this.#writing.release(claim)
  }

  nextAttempt(claim: Claim, target: CallTarget): Promise<Transition> {
    return this.#writing.nextAttempt(claim, target)
  }

  finish(claim: Claim, last: NewEntry, end: End): Promise<Transition> {
    return this.#writing.finish(claim, last, end)
  }

  async delivered(id: RequestId): Promise<void> {
    try {
      await this.#shardOf(id).deliver.run(id)
    } catch {
      // A late retry is shown the same answer once more.
    }
  }

  async cancel(id: RequestId, reason: string): Promise<CancelOutcome> {
    const { cancel } = this.#shardOf(id)
    let reply = await cancel.run({ id, reason, end: null })
    if (reply.request !== null) {
      const { request, plan, calls } = reply
      const now = this.#serverNow()
      const nothing = { bodyBytes: 0, published: null, firstPartAt: null }
      const facts = { ...nothing, request, plan, calls, now }
      const end = verdict('generation_cancelled', facts, reason)
      reply = await cancel.run({ id, reason, end })
    }
    if (reply.verdict === 'c') return 'cancelled'
    if (reply.verdict === 'r') return 'requested'
    return reply.verdict === 'e' ? 'already_ended' : 'unknown'
  }

  async attend(id: RequestId): Promise<void> {
    await this.#shardOf(id).attend.run(id)
  }

  async leave(id: RequestId, graceMs: number): Promise<void> {
    const letter = await this.#shardOf(id).leave.run({ id, graceMs })
    if (letter === 'c') await this.cancel(id, unreadReason)
  }

  async reap(): Promise<ReapReport> {
    const report = { requeued: 0, failed: 0, expired: 0 }
    for (const shard of this.#shards) {
      for (const id of await unreadOf(this.#link, shard)) await this.cancel(id, unreadReason)
      const { requeued, failed, expired } = await reapShard(this.#link, shard, this.#timing)
      report.requeued += requeued
      report.failed += failed
      report.expired += expired
    }
    return report
  }

  takeRequests(
    handler: (request: GenerationRequest) => Promise<void>,
    { concurrency }: TakeOptions,
  ): Promise<Taking> {
    // Fields of an entry: `id`, `request`.
    const handle = ({ fields }: StreamEntry) => handler(storedRequest.read(String(fields[3])))
    return this.#takeWork('requests', concurrency, handle)
  }

  takeDispatches(
    pool: string,
    handler: (id: RequestId) => Promise<void>,
    { concurrency }: TakeOptions,
  ): Promise<Taking> {
    const handle = ({ fields }: StreamEntry) =>
      this.#writing.guard(String(fields[1]) as RequestId, handler)
    return this.#takeWork(`dispatch:${pool}`, concurrency, handle)
  }

  async takeUsage(
    handler: (records: readonly UsageRecord[]) => Promise<void>,
    options: BatchOptions,
  ): Promise<Taking> {
    const readers = await this.#openReaders('usage', 'usage')
    const takings = readers.map((reader, i) =>
      takeUsage(handler, options, {
        reader,
        clock: this.#clock,
        leaseMs: this.#timing.leaseMs,
        confirm: (entry) => (this.#shards[i] as Shard).confirm.run(entry),
        onError: this.#onHandlerError,
      }),
    )
    return this.#track(async () => {
      await Promise.all(takings.map((taking) => taking[Symbol.asyncDispose]()))
    })
  }

  describe(id: RequestId): Promise<GenerationSummary | null> {
    return this.#shardOf(id).describe.run(id)
  }

  async read(id: RequestId, after: Cursor | null, maxBytes: number): Promise<ReadOutcome> {
    const item = { id, after, maxBytes, watch: false }
    const { verdict: letter, entries } = await this.#shardOf(id).read.run(item)
    if (letter === 'u') return { ok: false, refusal: this.#absence(id, after) }
    if (letter === 'r') return { ok: false, refusal: 'log_reset' }
    return { ok: true, entries: entries.map(toLogEntry) }
  }

  tail(id: RequestId, options: { after: Cursor | null; fresh: boolean }): Tail {
    const { read } = this.#shardOf(id)
    const tail = new RedisTail(id, options, {
      clock: this.#clock,
      read: (item) => read.run(item),
      absence: () => this.#absence(id, options.after),
      leaseMs: this.#timing.leaseMs,
      isSettling: () => this.#clock.monotonic() - this.#link.runBeganAt < this.#timing.leaseMs,
      onClose: (closed) => {
        this.#push.remove(closed)
      },
    })
    this.#push.add(tail)
    return tail
  }

  async depths(): Promise<QueueDepths> {
    const replies = this.#shards.map(({ key }) => this.#link.call('depths', key, []))
    return readDepths((await Promise.all(replies)).map((reply) => FieldReader.ofReply(reply)))
  }

  async seedCounts(tenantId: TenantId, seeds: readonly Seed[]): Promise<boolean> {
    const { key } = this.#shardOfTenant(tenantId)
    return (await this.#link.call('seed', key, seedArguments(tenantId, seeds))) === 1
  }

  async readCounts(
    tenantId: TenantId,
    counters: readonly string[],
  ): Promise<readonly (Count | null)[]> {
    const { key } = this.#shardOfTenant(tenantId)
    const reply = await this.#link.call('counts', key, countArguments(tenantId, counters))
    return readCountsReply(reply, counters)
  }

  get timing(): GenerationsTiming {
    return this.#timing
  }

  async ping(): Promise<void> {
    await this.#link.command('ping')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#takings].map((taking) => taking[Symbol.asyncDispose]()))
    this.#writing[Symbol.dispose]()
    this.#push[Symbol.dispose]()
    await this.#link[Symbol.asyncDispose]()
  }

  /** By the place of the id, which is its tenant's: every process finds a generation from its id alone, and a tenant's keys lie together. */
  #shardOf(id: RequestId): Shard {
    const index = this.#shards.length === 1 ? 0 : placeOf(id)
    return this.#shards[index % this.#shards.length] as Shard
  }

  #shardOfTenant(tenantId: TenantId): Shard {
    return this.#shardOf(inPlaceOf(anyId, tenantId))
  }

  /** In the order of the steps: an admission has to be there before its route, and that before what was written. */
  async #repeat(): Promise<void> {
    const ignore = () => {
      // Away again, or moved on meanwhile.
    }
    await Promise.all(this.#admitted.items().map((item) => this.#admit(item, true).catch(ignore)))
    await Promise.all(
      this.#routed.items().map((item) => this.#shardOf(item.id).route.run(item).catch(ignore)),
    )
    await this.#writing.repeat().catch(this.#onHandlerError)
  }

  #absence(id: RequestId, after: Cursor | null): 'unknown' | 'expired' {
    return absence(id, after, this.#serverNow(), this.#timing.retentionMs)
  }

  #serverNow(): number {
    return this.#clock.now() + (this.#serverAheadMs ?? 0)
  }

  readonly #onHandlerError = (error: unknown): void => {
    logHandlerFailure(this.#logger, error)
  }

  async #takeWork(
    stream: string,
    concurrency: number,
    handle: (entry: StreamEntry) => Promise<void>,
  ): Promise<Taking> {
    const readers = await this.#openReaders(stream, 'workers')
    const taking = takeWork(readers, concurrency, handle, this.#onHandlerError)
    return this.#track(() => taking[Symbol.asyncDispose]())
  }

  /** One per shard. */
  async #openReaders(stream: string, group: string): Promise<StreamReader[]> {
    const { url } = this.#options
    const readers = this.#shards.map(
      ({ key }) => new StreamReader(url, key + stream, group, this.#clock),
    )
    await Promise.all(readers.map((reader) => reader.connected()))
    return readers
  }

  #track(dispose: () => PromiseLike<void>): Taking {
    const taking: Taking = {
      [Symbol.asyncDispose]: async () => {
        this.#takings.delete(taking)
        await dispose()
      },
    }
    this.#takings.add(taking)
    return taking
  }
}

/** In memory, roughly: what it asked is a part of its body. */
function bytesOf({ body, asked }: Admission): number {
  return body.length * (asked === undefined ? 1 : 2) + requestBytes
}

function transition(letter: Verdict): Transition {
  return letter === 'o' ? { ok: true, cursor: null } : { ok: false, refusal: refusalOf(letter) }
}
