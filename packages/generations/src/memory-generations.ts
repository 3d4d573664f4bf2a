import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { Cursor, NewEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId, TenantId } from '@sluice/contracts/ids'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { TransientMap } from '@sluice/kernel/transient-map'
import { assertSound, type Count, type Seed } from './charges.ts'
import { copyPlan, copyRequest, copyTerminal, copyUsage } from './copies.ts'
import { generationErrors, retryAfterMs } from './errors.ts'
import { firstTarget } from './first-target.ts'
import {
  type Admission,
  type Admitted,
  type BatchOptions,
  type CallTarget,
  type CancelOutcome,
  type Claim,
  type Claimed,
  defaultTiming,
  type End,
  type Generations,
  type GenerationsTiming,
  type QueueDepths,
  type ReadOutcome,
  type ReapReport,
  type Refusal,
  type Revocation,
  type TakeOptions,
  type Taking,
  type Tail,
  type Transition,
  type UsageHandler,
} from './generations.ts'
import { logHandlerFailure } from './handler-failures.ts'
import { MemoryArchive } from './memory-archive.ts'
import { type AttachedState, MemoryAttachments } from './memory-attachments.ts'
import { MemoryCounters, noCharges } from './memory-counters.ts'
import { MemoryGeneration } from './memory-generation.ts'
import { MemoryOutbox } from './memory-outbox.ts'
import { fateOf, verdictOn } from './memory-reaping.ts'
import { MemoryTail } from './memory-tail.ts'
import { MemoryWork } from './memory-work.ts'
import { summaryOfEnded, withEarlierCalls } from './provider-calls.ts'
import { absence } from './retention.ts'
import { unreadReason, type VerdictCode } from './verdict.ts'

export interface MemoryGenerationsOptions {
  readonly clock: Clock
  readonly timing?: Partial<GenerationsTiming>
  /** Ended logs beyond this go before their retention is over, the oldest first. */
  readonly maxRetainedBytes?: number
  /** Usage records that nobody has taken yet before `admit` refuses: they are in memory, and gone with it. Default 50,000, about 75 MB. */
  readonly maxUnbilled?: number
  /** In one process no holder dies without the log, so leases need no heartbeat. `false`: they run out, as if every holder had died. */
  readonly renewLeases?: boolean
  /** Gets what handlers throw; nothing else is logged. */
  readonly logger?: Logger
}

/** For whoever plays several processes over one memory: there a holder dies without the log, and renews its own lease while it lives. */
export interface RenewableGenerations extends Generations {
  /** False: the claim is not this epoch's any more, or was asked to end. */
  renew(id: RequestId, epoch: number): boolean
}

/** The embedded back end: everything in this process, and gone with it. */
export function createMemoryGenerations(options: MemoryGenerationsOptions): RenewableGenerations {
  return new MemoryGenerations(options)
}

const overloaded = toGenerationError(
  new GatewayError(generationErrors.server_is_overloaded, undefined, { retryAfterMs }),
)
const mismatch = toGenerationError(new GatewayError(generationErrors.idempotency_mismatch))
const overLimit = toGenerationError(new GatewayError(generationErrors.rate_limit_exceeded))
const limitsUnknown = toGenerationError(
  new GatewayError(generationErrors.limits_unknown, undefined, { retryAfterMs }),
)
const sweepEveryMs = 5_000
const done: Promise<void> = Promise.resolve()

class MemoryGenerations implements RenewableGenerations {
  readonly adapter = 'memory'
  readonly #clock: Clock
  readonly #timing: GenerationsTiming
  readonly #renewLeases: boolean
  readonly #maxUnbilled: number
  readonly #live = new TransientMap<RequestId, MemoryGeneration>()
  readonly #archive: MemoryArchive
  /** Tails that were opened before their generation was admitted. */
  readonly #awaited = new TransientMap<RequestId, MemoryTail[]>()
  readonly #work: MemoryWork
  readonly #outbox: MemoryOutbox
  readonly #attachments: MemoryAttachments
  readonly #counters = new MemoryCounters()
  readonly #takings = new Set<Taking>()
  readonly #sweeper: Timer

  constructor(options: MemoryGenerationsOptions) {
    this.#clock = options.clock
    this.#timing = { ...defaultTiming, ...options.timing }
    this.#renewLeases = options.renewLeases ?? true
    this.#maxUnbilled = options.maxUnbilled ?? 50_000
    const onError = (error: unknown) => {
      logHandlerFailure(options.logger, error)
    }
    this.#work = new MemoryWork(options.clock, this.#timing, onError)
    this.#outbox = new MemoryOutbox(options.clock, onError)
    this.#attachments = new MemoryAttachments(options.clock, this.#timing)
    const { retentionMs, idempotencyMs } = this.#timing
    this.#archive = new MemoryArchive({
      clock: options.clock,
      retentionMs,
      maxBytes: options.maxRetainedBytes ?? 64 * 1024 * 1024,
      // A key that lives longer than the logs names answers that somebody else keeps too.
      onGone: (id) => {
        if (idempotencyMs <= retentionMs) this.#attachments.gone(id)
      },
    })
    this.#sweeper = options.clock.every(sweepEveryMs, () => {
      this.#archive.sweep()
      this.#counters.sweep(options.clock.now())
      this.#attachments.sweep()
    })
  }

  async admit(admission: Admission): Promise<Admitted> {
    const { request, body, attach, charges, weight = 1, asked } = admission
    const { id } = request
    for (const charge of charges) assertSound(charge)
    if (this.#live.has(id) || this.#archive.has(id)) return { ok: true, id, attached: false }
    const found = attach === null ? null : this.#attachments.find(attach)
    if (found?.kind === 'mismatch') return { ok: false, error: { ...mismatch } }
    if (found?.kind === 'join') return { ok: true, id: found.id, attached: true }
    const now = this.#clock.now()
    const { tenantId } = request.caller
    if (this.#outbox.depth >= this.#maxUnbilled) return { ok: false, error: { ...overloaded } }
    const noRoom = this.#work.refusal(tenantId, now)
    if (noRoom !== null) return { ok: false, error: noRoom }
    const taken = charges.length > 0 ? this.#counters.take(tenantId, charges, now) : null
    if (taken?.ok === false) {
      if ('unseeded' in taken)
        return { ok: false, error: { ...limitsUnknown }, unseeded: taken.unseeded }
      return { ok: false, error: { ...overLimit }, excess: taken.excess }
    }
    if (attach !== null) this.#attachments.add(attach, id, found?.replaced ?? null)
    const generation = new MemoryGeneration(copyRequest(request), body, {
      attachable: attach !== null,
      charges: taken?.taken ?? noCharges,
      weight,
      asked,
    })
    generation.deadlineAt = now + request.deadlineAt - request.acceptedAt
    this.#live.set(id, generation)
    const awaited = this.#awaited.get(request.id)
    if (awaited !== undefined) {
      this.#awaited.delete(request.id)
      for (const tail of awaited) tail.attach(generation)
    }
    this.#work.add(generation)
    if (taken === null) return { ok: true, id, attached: false }
    return { ok: true, id, attached: false, levels: taken.levels }
  }

  async route(id: RequestId, plan: RoutePlan): Promise<Transition> {
    const generation = this.#find(id)
    if (generation === null) return refused('unknown')
    if (generation.state !== 'accepted') return refused('state')
    generation.plan = copyPlan(plan)
    this.#work.enqueueRouted(generation)
    return { ok: true, cursor: null }
  }

  async reject(id: RequestId, end: End): Promise<Transition> {
    const generation = this.#find(id)
    if (generation === null) return refused('unknown')
    if (generation.state !== 'accepted') return refused('state')
    return this.#endWithoutWriter(generation, end)
  }

  async claim(id: RequestId, onRevoked: (reason: Revocation) => void): Promise<Claimed> {
    const generation = this.#find(id)
    if (generation === null) return refused('unknown')
    if (generation.state === 'running') return refused('fenced')
    const { plan, body } = generation
    if (generation.state !== 'routed' || plan === null || body === null) return refused('state')
    this.#work.enter(generation, 'running')
    const now = this.#clock.now()
    generation.nextEpoch(now)
    generation.claims += 1
    generation.earlierCalls = generation.calls.length
    const attempt = generation.announce(firstTarget(plan), now)
    generation.onRevoked = onRevoked
    generation.leaseUntil = this.#renewLeases ? Infinity : now + this.#timing.leaseMs
    return {
      ok: true,
      claim: {
        id,
        epoch: generation.epoch,
        attempt,
        remainingMs: generation.deadlineAt - now,
        request: copyRequest(generation.request),
        plan: copyPlan(plan),
        body,
      },
    }
  }

  renew(id: RequestId, epoch: number): boolean {
    const generation = this.#find(id)
    if (generation === null || refusalFor(generation, epoch) !== null) return false
    if (generation.cancelReason !== null) return false
    generation.leaseUntil = this.#clock.now() + this.#timing.leaseMs
    return true
  }

  async append(claim: Claim, entries: readonly NewEntry[]): Promise<Transition> {
    const generation = this.#find(claim.id)
    const refusal = refusalFor(generation, claim.epoch)
    if (generation === null || refusal !== null) return refused(refusal ?? 'unknown')
    const now = this.#clock.now()
    for (const entry of entries) generation.write(entry, null, now)
    generation.wakeTails()
    return { ok: true, cursor: cursorOf(generation) }
  }

  async release(claim: Claim): Promise<Transition> {
    const generation = this.#find(claim.id)
    const refusal = refusalFor(generation, claim.epoch)
    if (generation === null || refusal !== null) return refused(refusal ?? 'unknown')
    if (generation.entries.length > 0 || generation.cancelReason !== null) return refused('state')
    generation.nextEpoch(this.#clock.now())
    generation.onRevoked = null
    this.#work.enqueueRouted(generation)
    return { ok: true, cursor: null }
  }

  async finish(claim: Claim, last: NewEntry, end: End): Promise<Transition> {
    const generation = this.#find(claim.id)
    const refusal = refusalFor(generation, claim.epoch)
    if (generation === null || refusal !== null) return refused(refusal ?? 'unknown')
    const earlier = generation.calls.slice(0, generation.earlierCalls)
    const usage = earlier.length > 0 ? withEarlierCalls(end.usage, earlier) : end.usage
    return this.#end(generation, last, { terminal: end.terminal, usage })
  }

  async nextAttempt(claim: Claim, target: CallTarget): Promise<Transition> {
    const generation = this.#find(claim.id)
    const refusal = refusalFor(generation, claim.epoch)
    if (generation === null || refusal !== null) return refused(refusal ?? 'unknown')
    generation.announce(target, this.#clock.now())
    return { ok: true, cursor: cursorOf(generation) }
  }

  delivered(id: RequestId): Promise<void> {
    this.#attachments.delivered(id)
    return done
  }

  async cancel(id: RequestId, reason: string): Promise<CancelOutcome> {
    const generation = this.#find(id)
    if (generation === null) return 'unknown'
    if (generation.ended) return 'already_ended'
    if (generation.state !== 'running') {
      generation.cancelReason = reason
      this.#pronounce(generation, 'generation_cancelled')
      return 'cancelled'
    }
    if (generation.cancelReason === null) {
      generation.cancelReason = reason
      this.#attachments.cancelling(id, reason === unreadReason)
      // From here on the holder has one lease to end it.
      this.#limitLease(generation)
      generation.revoke('cancelled')
    }
    return 'requested'
  }

  async attend(id: RequestId): Promise<void> {
    const generation = this.#live.get(id)
    if (generation === undefined) return
    generation.readers += 1
    generation.unreadUntil = Infinity
  }

  async leave(id: RequestId, graceMs: number): Promise<void> {
    const generation = this.#live.get(id)
    if (generation === undefined) return
    generation.readers -= 1
    if (generation.readers > 0) return
    if (graceMs === 0) await this.cancel(id, unreadReason)
    else generation.unreadUntil = this.#clock.now() + graceMs
  }

  async reap(): Promise<ReapReport> {
    const report = { requeued: 0, failed: 0, expired: 0 }
    const now = this.#clock.now()
    for (const generation of this.#live.values()) {
      if (generation.unreadUntil <= now) await this.cancel(generation.request.id, unreadReason)
      if (generation.ended) continue
      const fate = fateOf(generation, now, this.#timing)
      if (fate === null) continue
      if (fate === 'again') {
        this.#deliverAgain(generation)
        report.requeued += 1
      } else {
        this.#pronounce(generation, fate)
        report[fate === 'generation_expired' ? 'expired' : 'failed'] += 1
      }
    }
    return report
  }

  async takeRequests(
    handler: (request: GenerationRequest) => Promise<void>,
    options: TakeOptions,
  ): Promise<Taking> {
    return this.#track(
      this.#work.takeRequests(({ request }) => handler(copyRequest(request)), options),
    )
  }

  async takeDispatches(
    pool: string,
    handler: (id: RequestId) => Promise<void>,
    options: TakeOptions,
  ): Promise<Taking> {
    const handle = async (generation: MemoryGeneration) => {
      const { claims } = generation
      try {
        await handler(generation.request.id)
      } catch (error) {
        // A claim that was made meanwhile runs out, as if its process had died.
        if (generation.claims !== claims) this.#limitLease(generation)
        throw error
      }
    }
    return this.#track(this.#work.takeDispatches(pool, handle, options))
  }

  async takeUsage(handler: UsageHandler, options: BatchOptions): Promise<Taking> {
    return this.#track(this.#outbox.take(handler, options))
  }

  async describe(id: RequestId): Promise<GenerationSummary | null> {
    return this.#find(id)?.summary() ?? null
  }

  async read(id: RequestId, after: Cursor | null, maxBytes: number): Promise<ReadOutcome> {
    const generation = this.#find(id)
    if (generation === null) {
      const { retentionMs } = this.#timing
      return { ok: false, refusal: absence(id, after, this.#clock.now(), retentionMs) }
    }
    const index = generation.indexAfter(after)
    if (index === null) return { ok: false, refusal: 'log_reset' }
    return { ok: true, entries: generation.slice(index, maxBytes) }
  }

  tail(id: RequestId, { after, fresh }: { after: Cursor | null; fresh: boolean }): Tail {
    const generation = fresh ? (this.#live.get(id) ?? null) : this.#find(id)
    if (generation !== null || !fresh) {
      const tail = new MemoryTail(after, () => {})
      if (generation?.ended) tail.attachArchived(generation, () => this.#archive.find(id))
      else if (generation !== null) tail.attach(generation)
      else tail.miss(absence(id, after, this.#clock.now(), this.#timing.retentionMs))
      return tail
    }
    const tail = new MemoryTail(after, (closed) => {
      const others = this.#awaited.get(id)?.filter((other) => other !== closed) ?? []
      if (others.length > 0) this.#awaited.set(id, others)
      else this.#awaited.delete(id)
    })
    const awaited = this.#awaited.get(id)
    if (awaited === undefined) this.#awaited.set(id, [tail])
    else awaited.push(tail)
    return tail
  }

  async depths(): Promise<QueueDepths> {
    return { ...this.#work.depths(this.#live.values()), usage: this.#outbox.depth }
  }

  async seedCounts(tenantId: TenantId, seeds: readonly Seed[]): Promise<boolean> {
    this.#counters.seed(tenantId, seeds)
    return true
  }

  async readCounts(
    tenantId: TenantId,
    counters: readonly string[],
  ): Promise<readonly (Count | null)[]> {
    this.#counters.sweep(this.#clock.now())
    return this.#counters.read(tenantId, counters)
  }

  get timing(): GenerationsTiming {
    return this.#timing
  }

  ping(): Promise<void> {
    return done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sweeper.cancel()
    await Promise.all([...this.#takings].map((taking) => taking[Symbol.asyncDispose]()))
    for (const tails of this.#awaited.values()) for (const tail of tails) tail[Symbol.dispose]()
    for (const generation of this.#live.values()) generation.closeTails()
  }

  #find(id: RequestId): MemoryGeneration | null {
    return this.#live.get(id) ?? this.#archive.find(id)
  }

  #track(taking: Taking): Taking {
    const tracked: Taking = {
      [Symbol.asyncDispose]: async () => {
        await taking[Symbol.asyncDispose]()
        this.#takings.delete(tracked)
      },
    }
    this.#takings.add(tracked)
    return tracked
  }

  #limitLease(generation: MemoryGeneration): void {
    const until = this.#clock.now() + this.#timing.leaseMs
    generation.leaseUntil = Math.min(generation.leaseUntil, until)
  }

  /** Abandoned work goes to somebody else; its former holder is fenced off. */
  #deliverAgain(generation: MemoryGeneration): void {
    generation.lapses += 1
    if (generation.state === 'accepted') {
      this.#work.routeAgain(generation)
    } else {
      generation.nextEpoch(this.#clock.now())
      generation.revoke('lost')
      this.#work.enqueueRouted(generation)
    }
  }

  #pronounce(generation: MemoryGeneration, code: VerdictCode): void {
    const now = this.#clock.now()
    const end = verdictOn(generation, code, now)
    generation.revoke('lost')
    this.#endWithoutWriter(generation, end, now)
  }

  #endWithoutWriter(generation: MemoryGeneration, end: End, now = this.#clock.now()): Transition {
    generation.nextEpoch(now)
    return this.#end(generation, { head: null, data: Buffer.alloc(0) }, end, now)
  }

  #end(
    generation: MemoryGeneration,
    last: NewEntry,
    end: End,
    now = this.#clock.now(),
  ): Transition {
    const { id, caller } = generation.request
    if (generation.attachable) this.#attachments.moved(id, attachedState(generation, last, end))
    this.#counters.settle(caller.tenantId, generation.charges, end.usage)
    generation.write(last, copyTerminal(end.terminal), now)
    this.#work.enter(generation, end.terminal.state)
    generation.finishedAt = now
    generation.body = null
    generation.onRevoked = null
    generation.outcomes = end.usage.calls.map(summaryOfEnded)
    this.#live.delete(id)
    this.#archive.add(generation, now)
    this.#outbox.push(recordOf(end.usage, generation), generation.entries)
    generation.wakeTails()
    // Whoever is far behind is slow: the log is not kept in memory a second time for him.
    for (const tail of generation.tails.filter(({ isFarBehind }) => isFarBehind))
      tail.goOnInArchive(() => this.#archive.find(id))
    return { ok: true, cursor: cursorOf(generation) }
  }
}

function recordOf(usage: UsageRecord, { asked }: MemoryGeneration): UsageRecord {
  const record = copyUsage(usage)
  if (asked !== undefined) record.asked = asked
  return record
}

function refused(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal }
}

function refusalFor(generation: MemoryGeneration | null, epoch: number): Refusal | null {
  if (generation === null) return 'unknown'
  if (generation.epoch !== epoch) return 'fenced'
  return generation.state === 'running' ? null : 'state'
}

function cursorOf(generation: MemoryGeneration): Cursor | null {
  return generation.seq === 0 ? null : { epoch: generation.epoch, seq: generation.seq }
}

function attachedState(
  { entries, cancelReason }: MemoryGeneration,
  { data }: NewEntry,
  { terminal }: End,
): AttachedState {
  if (terminal.state === 'completed') return 'complete'
  if (terminal.state === 'cancelled' && cancelReason === unreadReason) return 'replaceable'
  const isNothingPublished = entries.length === 0 && data.length === 0
  const isRetryable = terminal.state === 'failed' && terminal.error?.retryable === true
  return isRetryable && isNothingPublished ? 'replaceable' : 'over'
}
