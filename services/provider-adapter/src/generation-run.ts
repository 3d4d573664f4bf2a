import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { EntryHead, TerminalState } from '@sluice/contracts/generation/log-entry'
import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { Usage } from '@sluice/contracts/usage'
import {
  type Claim,
  defaultTiming,
  type End,
  type Generations,
  type Refusal,
  type Revocation,
} from '@sluice/generations'
import { generationErrors } from '@sluice/generations/errors'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { fromUnknown, GatewayError, messageOf, toGenerationError } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { Placed } from '@sluice/kernel/transient-set'
import type { Upstream, UpstreamCall, UpstreamRequest, UpstreamSink } from '@sluice/upstream'
import { believable } from '@sluice/wire/estimated-usage'
import type { WorkQueue } from '@sluice/work-queue'
import { CallPreparation, type PreparationContext } from './call-preparation.ts'
import { CallSequence, type NextCall } from './call-sequence.ts'
import { providerAdapterErrors } from './errors.ts'
import { LogWriter } from './log-writer.ts'
import { reportLostLog } from './lost-log.ts'
import { faultOf, isOutage } from './fault.ts'
import { callRecord, endOf } from './usage-of.ts'
import { withoutSecrets } from './without-secrets.ts'

export interface RunContext extends PreparationContext {
  readonly generations: Generations
  readonly queue: WorkQueue
  readonly upstream: Upstream
  readonly clock: Clock
  readonly logger: Logger
}

/** How long a provider may take to close after its end marker. */
const closeMs = 250

/** A process that took longer than this from asking for the right to call until here may have lost it again. */
const maxStallMs = defaultTiming.leaseMs / 2

/** After a cancel the holder has one lease to end it, which may be a heartbeat old by now. */
const readOnMs = defaultTiming.leaseMs - 2 * defaultTiming.heartbeatMs

/**
 * One generation from its claim to its terminal entry: calls the provider of the plan's first target, publishes what comes, ends. While nothing
 * was published, a call that failed may be followed by another one: of the next target, or of the same one with another key or after a pause.
 * After the first published part an error is final.
 *
 *   call ─► passage ─► send ─► onHead ─► onData … ─► onEnd ─┬─► whole ────────────► finish completed
 *              │                 │                          └─► cut, error, ≠ 200 ─► callFailed ─► call again │ finish failed
 *              └─────────────────┴─────────► onError ──────────────────────────────► callFailed
 *   revoked('cancelled') ─► abort, finish cancelled; where an abort saves nothing: read on without publishing, then finish cancelled
 *   revoked('lost')      ─► abort, write nothing; when the log itself is gone, report the bill to `usage`
 *   shutDown()           ─► nothing published: release; else abort, finish failed
 */
export class GenerationRun implements UpstreamSink, Placed {
  place = -1
  readonly #context: RunContext
  readonly #claim: Claim
  readonly #log: LogWriter
  /** Which call is made, and which comes after it. */
  readonly #sequence: CallSequence
  readonly #prepared: CallPreparation
  /** Monotonic ms. */
  readonly #deadlineAt: number
  #replyType: string | null = null
  /** Calls that ended; the open one is not among them. */
  readonly #calls: ProviderCallRecord[] = []
  #call: UpstreamCall | null = null
  /** Monotonic and Unix ms of the open call; the latter is null while none is open. */
  #calledAt = 0
  #startedAt: number | null = null
  /** The outcome is decided: whatever the provider still sends is ignored. */
  #decided = false
  #isLost = false
  /** Cancelled, and read to the end for the provider's count. */
  #readingOn: Timer | null = null
  #closing: Timer | null = null

  constructor(context: RunContext, claim: Claim) {
    this.#context = context
    this.#claim = claim
    this.#sequence = new CallSequence(claim, context.config.retry, context.clock)
    this.#deadlineAt = context.clock.monotonic() + claim.remainingMs
    this.#prepared = new CallPreparation(context, claim, {
      isOver: () => this.#decided,
      ready: (call) => {
        this.#send(call)
      },
      failed: (error) => {
        this.#callFailed(error)
      },
    })
    this.#log = new LogWriter(context.generations, claim, context.clock, {
      head: () => this.#head(),
      onDrained: () => this.#call?.resume(),
      onLost: (problem, end) => {
        this.#lost(problem, end)
      },
    })
  }

  /** `askedAt`: when the claim was asked for, monotonic ms. Resolves when the terminal entry is written, or when the claim is lost. */
  run(askedAt: number): Promise<void> {
    this.#callUnlessStalled(askedAt)
    return this.#log.closed
  }

  revoked(reason: Revocation): void {
    if (this.#decided) return
    if (reason === 'cancelled') this.#cancel()
    else this.#lost(null, null)
  }

  /** The process ends before the generation does. */
  shutDown(): void {
    if (this.#decided) return
    this.#call?.abort()
    if (this.#readingOn) this.#finishCancelled()
    else if (this.#context.config.handOver && !this.#log.published) void this.#handOver()
    else this.#finishShutDown()
  }

  /** Claimed work that a frozen process comes back to may be somebody else's by now: it is asked before money is spent. */
  #callUnlessStalled(askedAt: number): void {
    if (this.#context.clock.monotonic() - askedAt <= maxStallMs) this.#callProvider()
    else void this.#callIfHeld()
  }

  async #callIfHeld(): Promise<void> {
    const { clock, generations } = this.#context
    const askedAt = clock.monotonic()
    try {
      const held = await generations.append(this.#claim, [])
      if (this.#decided) return
      if (held.ok) this.#callUnlessStalled(askedAt)
      else this.#lost(held.refusal, null)
    } catch (problem) {
      this.#lost(problem, null)
    }
  }

  /** Announced before it is made: a crash in between leaves one call too many in the books, never one too few. */
  async #callNext(): Promise<void> {
    const { clock, generations } = this.#context
    const askedAt = clock.monotonic()
    try {
      const announced = await generations.nextAttempt(this.#claim, this.#sequence.target)
      if (this.#decided) return
      if (announced.ok) this.#callUnlessStalled(askedAt)
      else this.#lost(announced.refusal, null)
    } catch (problem) {
      this.#lost(problem, null)
    }
  }

  #callProvider(): void {
    this.#closing?.cancel()
    this.#closing = null
    this.#prepared.begin(this.#sequence.target)
  }

  #send(call: UpstreamRequest): void {
    const { clock, config, upstream } = this.#context
    this.#calledAt = clock.monotonic()
    this.#startedAt = clock.now()
    const totalMs = Math.max(1, this.#deadlineAt - this.#calledAt)
    const timeouts = { ...config.timeouts, totalMs }
    this.#call = upstream.call({ ...call, timeouts }, this)
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    this.#prepared.provider?.metrics.firstByte.observe(
      (this.#context.clock.monotonic() - this.#calledAt) / 1_000,
    )
    this.#prepared.reply?.head(status, headers)
  }

  onData(chunk: Buffer): void {
    const { reply } = this.#prepared
    if (this.#decided || !reply) return
    try {
      const events = reply.push(chunk)
      if (events.length > 0 && !this.#readingOn && !this.#log.publish(events)) this.#call?.pause()
      if (reply.done) this.#awaitClose()
    } catch (error) {
      this.#call?.abort()
      this.#callFailed(fromUnknown(error))
    }
  }

  onEnd(): void {
    const { reply } = this.#prepared
    if (this.#decided || !reply) return
    try {
      const end = reply.end()
      if (!end.ok) {
        this.#callFailed(end.error, end.usage)
        return
      }
      this.#replyType = end.contentType
      this.#answered(end.usage, end.outputCharacters, end.finishReason, end.events)
    } catch (error) {
      this.#callFailed(fromUnknown(error))
    }
  }

  onError(error: GatewayError): void {
    if (!this.#decided) this.#callFailed(error)
  }

  /** The answer is over. A provider that closes now keeps its connection usable; one that does not is not waited for. */
  #awaitClose(): void {
    this.#closing ??= this.#context.clock.after(closeMs, () => {
      if (this.#decided || this.#prepared.reply?.done !== true) return
      this.#call?.abort()
      this.onEnd()
    })
  }

  /** The provider has given a whole answer. */
  #answered(
    usage: Usage | null,
    outputCharacters: number,
    finishReason: string,
    events: readonly (string | Buffer)[],
  ): void {
    this.#callEnded('completed', null, usage, outputCharacters)
    this.#prepared.passage?.succeeded()
    if (this.#readingOn) this.#finishCancelled()
    else this.#finish('completed', null, finishReason, events)
  }

  /** One provider call ended without a whole answer, or could not be made. */
  #callFailed(problem: GatewayError | GenerationError, usage: Usage | null = null): void {
    const { clock } = this.#context
    const { provider } = this.#prepared
    const error = provider ? withoutSecrets(problem, provider.redact) : problem
    this.#logFailure(error)
    const status = this.#prepared.reply?.status ?? 0
    this.#callEnded('failed', error.code, usage)
    const mayGoOn = !this.#log.published && this.#readingOn === null
    const delayMs = mayGoOn ? this.#sequence.repetitionMs(error, status, this.#deadlineAt) : null
    const isLastWord = delayMs === null && isOutage(status)
    const mayUseOther =
      this.#prepared.passage?.failed(faultOf(error), error.retryAfterMs, isLastWord) === true
    if (this.#readingOn) {
      this.#finishCancelled()
      return
    }
    const keys = mayUseOther ? (provider?.keys.size ?? 1) : 0
    const next = mayGoOn ? this.#sequence.next(error, delayMs, keys) : null
    if (next !== null) {
      provider?.metrics.ended('failed')
      this.#goOn(next)
      return
    }
    const expired = clock.monotonic() >= this.#deadlineAt
    this.#finish(expired ? 'expired' : 'failed', error)
  }

  #goOn(next: NextCall): void {
    if (next.kind === 'again') this.#prepared.provider?.metrics.repeated.inc()
    this.#sequence.moveOn(next, () => {
      if (!this.#decided) void this.#callNext()
    })
  }

  #logFailure(error: GatewayError | GenerationError): void {
    this.#context.logger.warn(
      {
        request_id: this.#claim.id,
        provider: this.#sequence.target.provider,
        attempt: this.#sequence.attempt,
        code: error.code,
        status: error.status,
        problem: error.message,
        published: this.#log.published,
      },
      'provider call failed',
    )
  }

  /** Enters the open call, if there is one. */
  #callEnded(
    state: 'completed' | 'failed' | 'cancelled',
    errorCode: string | null,
    usage: Usage | null = null,
    outputCharacters = this.#prepared.reply?.outputCharacters ?? 0,
  ): void {
    if (this.#startedAt === null) return
    const call = {
      attempt: this.#sequence.attempt,
      target: this.#sequence.target,
      state,
      errorCode,
      usage: believable(usage),
      answered: this.#prepared.reply?.answered === true,
      inputCharacters: this.#prepared.converted?.inputCharacters ?? this.#claim.body.length,
      outputCharacters,
      startedAt: this.#startedAt,
      endedAt: this.#context.clock.now(),
    }
    this.#calls.push(callRecord(call))
    this.#startedAt = null
  }

  #cancel(): void {
    if (this.#readingOn) return
    const goesOnCosting =
      this.#startedAt !== null && this.#prepared.provider?.row.abortStopsBilling === false
    if (!goesOnCosting) {
      this.#call?.abort()
      this.#finishCancelled()
      return
    }
    this.#readingOn = this.#context.clock.after(readOnMs, () => {
      if (this.#decided) return
      this.#call?.abort()
      this.#finishCancelled()
    })
    this.#call?.resume()
  }

  #finishCancelled(): void {
    this.#finish('cancelled', new GatewayError(generationErrors.generation_cancelled))
  }

  #finishShutDown(): void {
    const error = new GatewayError(providerAdapterErrors.shutting_down, undefined, {
      retryAfterMs: 1_000,
    })
    this.#finish('failed', error)
  }

  #finish(
    state: TerminalState,
    error: GatewayError | GenerationError | null,
    finishReason: string | null = null,
    events: readonly (string | Buffer)[] = [],
  ): void {
    const end = this.#decide(state, error, finishReason)
    this.#prepared.provider?.metrics.ended(state)
    this.#log.finish(events, end)
  }

  #decide(
    state: TerminalState,
    error: GatewayError | GenerationError | null,
    finishReason: string | null = null,
  ): End {
    this.#decided = true
    this.#closing?.cancel()
    this.#readingOn?.cancel()
    this.#sequence.stop()
    this.#prepared.passage?.leave()
    this.#callEnded(state === 'cancelled' ? 'cancelled' : 'failed', error?.code ?? null)
    return endOf(this.#claim, {
      state,
      finishReason,
      error: GatewayError.is(error) ? toGenerationError(error) : error,
      target: this.#sequence.target,
      calls: this.#calls,
      // Once something was published the provider has read the prompt: its tokens cost, whatever came after.
      generated: state === 'completed' || this.#log.published,
      firstPartAt: this.#log.firstPartAt,
      finishedAt: this.#calls.at(-1)?.finished_at ?? this.#context.clock.now(),
    })
  }

  /** Nothing was published: another provider-adapter can do all of it. */
  async #handOver(): Promise<void> {
    const { generations, logger } = this.#context
    this.#decided = true
    this.#sequence.stop()
    this.#prepared.passage?.leave()
    try {
      const released = await generations.release(this.#claim)
      if (released.ok) {
        logger.info({ request_id: this.#claim.id }, 'handed a generation over')
        this.#prepared.provider?.metrics.ended('handed_over')
        this.#log.abandon()
      }
      // Cancelled meanwhile: this holder ends it.
      else if (released.refusal === 'state') this.#finishCancelled()
      else this.#lost(released.refusal, null)
    } catch (problem) {
      // The log is away: the lease runs out, and the reaper hands it over.
      this.#lost(problem, null)
    }
  }

  /**
   * Nothing can be written any more. `problem`: the refusal or the failure that said so, null when it was only told. `end`: what the last write
   * was to say.
   */
  #lost(problem: unknown, end: End | null): void {
    if (this.#isLost) return
    this.#isLost = true
    const { logger } = this.#context
    const reason = problem === null ? 'revoked' : messageOf(problem)
    logger.warn({ request_id: this.#claim.id, problem: reason }, 'lost the generation')
    this.#call?.abort()
    if (!this.#decided) this.#prepared.provider?.metrics.ended('lost')
    const bill = end ?? this.#decide('failed', new GatewayError(providerAdapterErrors.log_lost))
    void this.#billIfGone(problem, bill)
  }

  /** Another holder bills what it takes over; a log that is gone is billed by nobody else. */
  async #billIfGone(problem: unknown, bill: End): Promise<void> {
    try {
      const refusal = problem ?? (await this.#refusalNow())
      if (refusal === 'unknown') await reportLostLog(this.#claim, bill, this.#context)
    } catch {
      // The log is away: its reaper bills what was published, once it is back.
    }
    this.#log.abandon()
  }

  async #refusalNow(): Promise<Refusal | null> {
    const asked = await this.#context.generations.append(this.#claim, [])
    return asked.ok ? null : asked.refusal
  }

  #head(): EntryHead {
    const { provider, model } = this.#sequence.target
    const { reason } = this.#claim.plan
    return {
      wire: this.#claim.request.wire,
      provider,
      model,
      reason: `${reason.code}; ${reason.detail}`,
      attempt: this.#sequence.attempt,
      adapted: [...(this.#prepared.converted?.adapted ?? [])],
      ...(this.#replyType === null ? {} : { contentType: this.#replyType }),
    }
  }
}
