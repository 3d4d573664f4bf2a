import type { AskedTurns } from '@sluice/contracts/generation/asked-turns'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { Cursor, LogEntry, NewEntry, Terminal } from '@sluice/contracts/generation/log-entry'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId, TenantId } from '@sluice/contracts/ids'
import type { Charge, Count, Excess, Seed } from './charges.ts'

export type { Charge, Count, Excess, Seed } from './charges.ts'

/**
 * One inference call from acceptance to its last byte: work item, answer log, charges and bill in one state machine.
 *
 *                 admit             route              claim              finish
 *   (nothing) ───────────► accepted ─────► routed ───────────► running ───────────► completed │ failed │ cancelled │ expired
 *                             │  ▲            │ ▲                  │ │
 *               cancel, reap, │  │ reap       │ │ release, reap    │ ├── append, nextAttempt: running ─► running
 *                      reject │  └─ (again)   │ └──────────────────┘ └── reap: terminal
 *                             ▼               ▼ cancel, reap         (back only while nothing is published)
 *                          terminal        terminal
 *
 *   admit        nothing → accepted      creates the log, takes its charges (`Charge`) and enqueues for routing; refused when the intake is full or
 *                                        one of its limits has no room: nothing is left behind, no charge is taken. A repetition of a call joins its
 *                                        generation instead, see `Attach`: nothing is created or charged
 *   route        accepted → routed       enqueues to the pool of the first target and acknowledges the intake item
 *   claim        routed → running        new epoch, new lease, announces the first provider call, acknowledges the dispatch item; refused while a
 *                                        lease is alive
 *   nextAttempt  running → running       only the holder of the current epoch; announces a further provider call
 *   append       running → running       only the holder of the current epoch; entries get the next `seq`
 *   release      running → routed        by its holder, while nothing was published: it is handed to another one at once
 *   finish       running → terminal      as append; writes the one terminal entry and the usage record in the same step, settles the charges, drops body
 *                                        and lease. Every other arrow to an end does the same
 *   reject       accepted → failed       the router's verdict that no provider can serve it (terminal entry and usage record as in finish)
 *   cancel       accepted, routed → cancelled at once; running → its holder is told (`onRevoked('cancelled')`) and finishes
 *   reap         an item nobody took up within a lease → enqueued again; a running one whose lease ran out → routed again when nothing was
 *                published, else `failed` (`upstream_lost`); past its deadline → `expired`; nobody reads it any more and its grace is over →
 *                as cancel; after `maxDeliveries` deliveries of either kind (poison) → `failed` (`poison_request`), whatever its state
 *
 * No other arrow exists: what a step does not name it refuses, and an end has no way out.
 *
 * Guaranteed: each transition is one atomic step, refused without a trace when its state or epoch does not fit; one writer at a time,
 * fenced by epoch (a writer that lost its lease is refused for ever, however late it comes); entries of a log have strictly growing
 * `<epoch>-<seq>` without gaps inside an epoch; exactly one terminal entry, and nothing after it; `read` from any cursor and `tail`
 * give the same entries in the same order, and never other ones under a cursor that was given out; a usage record leaves through
 * `takeUsage` at least once, and not before its terminal entry is readable. It names every call that a provider may have seen, those of
 * holders that died as `unconfirmed`, and what such a holder had published is charged by estimate. Never more than `max` is let into a
 * window, by however many processes at once; each charge is settled once, whatever the end and however often its writer repeats it.
 *
 * Fair: a routed generation waits for `sharedQueue` others of its pool and one turn of each tenant that has a line, however many another tenant has
 * sent; no tenant fills the room that is left for those who wait (half of it is shared out among the tenants that have lines).
 *
 * Not promised: that a request is handed to one worker only (the claim decides, not the delivery); order between generations;
 * logs older than the retention (15 min after the end); that a refused writer learns who took over.
 */
export interface Generations extends AsyncDisposable {
  /** Shown in the banner and on `/readyz`. */
  readonly adapter: 'memory' | 'redis'
  /** By what it was opened with; a log that ended is kept for `retentionMs`. */
  readonly timing: GenerationsTiming

  /**
   * Accepts a call. `body` is what the client sent, handed on untouched. Throws a retryable `GatewayError` (503) when the
   * back end is away: at once where that is known; the first call after it froze waits until it is (2 s on Redis).
   */
  admit(admission: Admission): Promise<Admitted>
  route(id: RequestId, plan: RoutePlan): Promise<Transition>
  reject(id: RequestId, end: End): Promise<Transition>

  /**
   * Takes over a routed generation. `onRevoked` is called at most once, when the lease is lost or a cancel came in; the lease is renewed
   * by the adapter until `finish` is accepted, the claim is revoked, a write under it throws, or the `takeDispatches` handler it was made
   * in throws.
   */
  claim(id: RequestId, onRevoked: (reason: Revocation) => void): Promise<Claimed>
  /**
   * Appends in order; without entries it only says whether the claim still stands. Appends of one loop turn, of all generations of a shard,
   * are one call. Await it before the next one for the same claim.
   */
  append(claim: Claim, entries: readonly NewEntry[]): Promise<Transition>
  /**
   * Stores that the holder is about to make a further provider call; await it before the call, so that a crash leaves a record of every
   * call a provider may have seen. Its number is `claim.attempt` plus the calls made under this claim before.
   */
  nextAttempt(claim: Claim, target: CallTarget): Promise<Transition>
  /**
   * Gives a claim back that has published nothing: another worker gets the generation at once, and this one is fenced off. Refused (`state`)
   * when something was published or cancelling was asked for; then the holder ends it.
   */
  release(claim: Claim): Promise<Transition>
  /** `last` is the last part the client gets: final events of a stream (finish reason included), or the whole plain reply. */
  finish(claim: Claim, last: NewEntry, end: End): Promise<Transition>

  /**
   * The whole answer reached a client: a retry of the call is a new one from now on. Without effect on calls that are not attached by
   * `retry`. Never throws; when it gets lost, a late retry is shown the same answer once more.
   */
  delivered(id: RequestId): Promise<void>

  cancel(id: RequestId, reason: string): Promise<CancelOutcome>
  /** One reader more, besides the caller that was admitted. Without effect once the generation has ended. */
  attend(id: RequestId): Promise<void>
  /**
   * A reader left: the caller that was admitted, or one that attended. After the last one the generation is cancelled, at once when `graceMs`
   * is 0, else by `reap` after that time unless somebody attends before. Who is to leave it running says nothing, and counts as a reader
   * for ever; so does one whose process died, unless all that showed it did: then it has `lostReaderGraceMs` (but for `continue`).
   */
  leave(id: RequestId, graceMs: number): Promise<void>
  /** One sweep over abandoned work. Safe to run anywhere, at any time, by several processes. */
  reap(): Promise<ReapReport>

  /** Router's intake: accepted generations. */
  takeRequests(
    handler: (request: GenerationRequest) => Promise<void>,
    options: TakeOptions,
  ): Promise<Taking>
  /** Provider-adapter's intake: generations routed to `pool`. */
  takeDispatches(
    pool: string,
    handler: (id: RequestId) => Promise<void>,
    options: TakeOptions,
  ): Promise<Taking>
  /** Usage records in batches; a batch is gone once the handler resolves, and comes again when it throws. */
  takeUsage(handler: UsageHandler, options: BatchOptions): Promise<Taking>

  describe(id: RequestId): Promise<GenerationSummary | null>
  /** Entries after `after` (null = from the first), bounded by `maxBytes` of data but at least one if there is one. */
  read(id: RequestId, after: Cursor | null, maxBytes: number): Promise<ReadOutcome>
  /**
   * Follows a log from `after` to its end. With `fresh`, the caller is about to admit `id` itself: nothing is read, and opening the
   * tail before `admit` makes sure that no pushed entry is missed.
   */
  tail(id: RequestId, options: { after: Cursor | null; fresh: boolean }): Tail

  depths(): Promise<QueueDepths>
  /**
   * Gives counters of a tenant what the ledger has of their windows: one that is not there begins with it, one that is there is raised to it. False
   * when it is too early: what was lost with the back end's memory may not be in the ledger yet; then nothing was seeded.
   */
  seedCounts(tenantId: TenantId, seeds: readonly Seed[]): Promise<boolean>
  /** One per counter; null for one that is not there. */
  readCounts(tenantId: TenantId, counters: readonly string[]): Promise<readonly (Count | null)[]>
  /** Resolves when the back end answers; throws otherwise. */
  ping(): Promise<void>
}

export interface Admission {
  readonly request: GenerationRequest
  readonly body: Buffer
  /** How a repetition of the call finds the generation that the first one began; null when no repetition is meant to. */
  readonly attach: Attach | null
  /** Of different counters of the tenant; all of them or none are taken. */
  readonly charges: readonly Charge[]
  /** Share of its tenant where several wait, 1 to 100; absent = 1. */
  readonly weight?: number
  /** What it adds to its conversation: kept beside the generation, and handed on with its usage record, whatever the end; absent = nothing. */
  readonly asked?: AskedTurns
}

/**
 * What makes two calls one generation.
 *
 *   idempotency   the same key within `idempotencyMs` is the same generation, running or ended; with another body it is refused
 *                 (`idempotency_mismatch`). A key does not outlive its answer: where nothing but the log keeps that, it goes with the log
 *   retry         an SDK's own repetition, known by its count. A call joins the oldest generation of its key (not older than 10 min) that no
 *                 call with the same count has joined and that still runs, or is complete and was not `delivered`. So two originals
 *                 (count 0) never join each other, each retry joins another original, and an original that was overtaken by its retry
 *                 joins what that began.
 *
 * For both, a generation that failed retryably with nothing published, or is ended because nobody reads it any more, is replaced: the key
 * then names the new one. What its caller cancelled is its result.
 */
export interface Attach {
  readonly kind: 'idempotency' | 'retry'
  /** Hex SHA-256 over tenant, API key, route and (`Idempotency-Key` or canonical body). */
  readonly key: string
  /** Hex SHA-256 of the canonical body. */
  readonly bodyHash: string
  /** `X-Stainless-Retry-Count`; 0 for the original. */
  readonly retryCount: number
}

export type Admitted =
  /**
   * `attached`: nothing was created; the call is to show generation `id` from its start. `levels`: `used + reserved` of the counters after its
   * charges were taken, one for each; absent when none was.
   */
  | {
      readonly ok: true
      readonly id: RequestId
      readonly attached: boolean
      readonly levels?: readonly number[]
    }
  /**
   * `excess`: every charge that does not fit. `unseeded`: counters that only the ledger knows; seed them and admit again. Without either the
   * intake is full, or the call belongs to another request.
   */
  | {
      readonly ok: false
      readonly error: GenerationError
      readonly excess?: readonly Excess[]
      readonly unseeded?: readonly string[]
    }

/** `fenced`: another epoch holds it. `state`: the generation is not in a state this step may leave. `unknown`: no such generation. */
export type Refusal = 'fenced' | 'state' | 'unknown'
export type Transition =
  | { readonly ok: true; readonly cursor: Cursor | null }
  | { readonly ok: false; readonly refusal: Refusal }

export interface End {
  readonly terminal: Terminal
  readonly usage: UsageRecord
}

export type Revocation = 'cancelled' | 'lost'

/** The right to write one generation's log, until `finish` or until it is revoked. */
export interface Claim {
  readonly id: RequestId
  readonly epoch: number
  /** Number of its first provider call in the generation: 1 unless earlier holders may have made calls. */
  readonly attempt: number
  /** From the claim to the deadline, ms: counted by the log's own clock, since those of processes may be wrong. */
  readonly remainingMs: number
  readonly request: GenerationRequest
  readonly plan: RoutePlan
  readonly body: Buffer
}
export interface CallTarget {
  readonly provider: string
  /** Catalogue name. */
  readonly model: string
}
export type Claimed =
  | { readonly ok: true; readonly claim: Claim }
  | { readonly ok: false; readonly refusal: Refusal }

export type CancelOutcome = 'cancelled' | 'requested' | 'already_ended' | 'unknown'

/** `logs`: of records that brought something of their conversation, whole, as far as they are at hand: what `read` gives, without the reading. */
export type UsageHandler = (
  records: readonly UsageRecord[],
  logs?: ReadonlyMap<RequestId, readonly LogEntry[]>,
) => Promise<void>

export interface TakeOptions {
  /** Handlers running at once; more work is left for other processes. */
  readonly concurrency: number
}
export interface BatchOptions {
  readonly maxRecords: number
  /** How long a record may wait for others, ms. */
  readonly maxWaitMs: number
}

/** Work being taken. Disposing stops taking and waits for the handlers that run. */
export type Taking = AsyncDisposable

export type ReadOutcome =
  | { readonly ok: true; readonly entries: readonly LogEntry[] }
  /**
   * `unknown`: no such log. `log_reset`: the cursor lies beyond the log or in an epoch it never had. `expired`: a cursor was given for a log
   * that is not here, and the id is older than the retention.
   */
  | { readonly ok: false; readonly refusal: 'unknown' | 'log_reset' | 'expired' }

/** What a pull brings at most, bytes of data. */
export const maxPullBytes = 16 * 1024

/**
 * Pulls entries in order. Holds at most `maxPullBytes` that were not pulled, and hands over no more at once (but one entry always); what did not fit is read from the log when it is asked for.
 * After the terminal entry, or once closed, `next` gives null. Throws when the back end stays away or the log was reset: an end,
 * a silence and a death are three different answers.
 */
export interface Tail extends Disposable {
  next(): Promise<readonly LogEntry[] | null>
}

export interface ReapReport {
  readonly requeued: number
  readonly failed: number
  readonly expired: number
}

export interface QueueDepths {
  readonly requests: number
  readonly dispatches: Readonly<Record<string, number>>
  readonly running: number
  readonly usage: number
}

/** Times and bounds shared by the adapters. The defaults are the product's. */
export interface GenerationsTiming {
  readonly heartbeatMs: number
  readonly leaseMs: number
  /** Deliveries after which a generation counts as poison. */
  readonly maxDeliveries: number
  /** How long an ended log stays readable, ms. */
  readonly retentionMs: number
  /**
   * How long an idempotency key names its generation, and how long an SDK's retry finds its original, ms. More than `retentionMs` only where
   * answers are archived for so long.
   */
  readonly idempotencyMs: number
  readonly retryWindowMs: number
  /** Accepted but not yet claimed generations before `admit` refuses with 503. */
  readonly maxWaiting: number
  /**
   * Routed generations of a pool that wait in one line for all. What comes beyond waits in a line of its tenant, and the lines move up in turns, so
   * that nobody waits for all that somebody else has sent.
   */
  readonly sharedQueue: number
  /** How long a running generation goes on when every process that showed it has died, ms. */
  readonly lostReaderGraceMs: number
}
export const defaultTiming: GenerationsTiming = Object.freeze({
  heartbeatMs: 1_000,
  leaseMs: 5_000,
  maxDeliveries: 3,
  retentionMs: 15 * 60_000,
  idempotencyMs: 24 * 60 * 60_000,
  retryWindowMs: 10 * 60_000,
  maxWaiting: 20_000,
  sharedQueue: 256,
  lostReaderGraceMs: 30_000,
})
