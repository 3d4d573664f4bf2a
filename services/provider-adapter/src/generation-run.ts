import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { EntryHead, TerminalState } from '@sluice/contracts/generation/log-entry'
import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
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
import type { Upstream, UpstreamCall, UpstreamSink } from '@sluice/upstream'
import { wireErrors } from '@sluice/wire/errors'
import type { Conversion, ConvertedRequest } from '@sluice/wire/translate'
import type { ProviderFormat, ReplyEdits, StreamDecoder } from '@sluice/wire/wire-format'
import type { WorkQueue } from '@sluice/work-queue'
import type { ProviderAdapterConfig } from './config.ts'
import { conversionOf, formatOf } from './conversions.ts'
import { providerAdapterErrors } from './errors.ts'
import { LogWriter } from './log-writer.ts'
import { reportLostLog } from './lost-log.ts'
import type { CallableProvider } from './providers.ts'
import { parsedUrl } from './parsed-url.ts'
import { believable, callRecord, endOf } from './usage-of.ts'

export interface RunContext {
  readonly config: ProviderAdapterConfig
  readonly generations: Generations
  readonly queue: WorkQueue
  readonly upstream: Upstream
  readonly provider: (name: string) => CallableProvider | null
  readonly clock: Clock
  readonly logger: Logger
}

/** How long a provider may take to close after its end marker. */
const closeMs = 250

/** An error body is read up to here: enough for any provider's message. */
const maxErrorBytes = 65_536

/** A process that took longer than this from asking for the right to call until here may have lost it again. */
const maxStallMs = defaultTiming.leaseMs / 2

/** After a cancel the holder has one lease to end it, which may be a heartbeat old by now. */
const readOnMs = defaultTiming.leaseMs - 2 * defaultTiming.heartbeatMs

/**
 * One generation from its claim to its terminal entry: calls the provider of the plan's first target, publishes what comes, ends. When a call
 * fails retryably and nothing was published, the next target of the plan is called; after the first published part an error is final.
 *
 *   call() ─► onHead ─► onData … ─► onEnd ─┬─► whole ─────────────► finish completed
 *                │                         └─► cut, error, ≠ 200 ─► callFailed ─► next target │ finish failed
 *                └────────────► onError ───────────────────────────► callFailed
 *   revoked('cancelled') ─► abort, finish cancelled; where an abort saves nothing: read on without publishing, then finish cancelled
 *   revoked('lost')      ─► abort, write nothing; when the log itself is gone, report the bill to `usage`
 *   shutDown()           ─► nothing published: release; else abort, finish failed
 */
export class GenerationRun implements UpstreamSink, Placed {
  place = -1
  readonly #context: RunContext
  readonly #claim: Claim
  readonly #log: LogWriter
  /** Monotonic ms. */
  readonly #deadlineAt: number
  #targetIndex = 0
  #target: RouteTarget
  #provider: CallableProvider | null = null
  #format: ProviderFormat | null = null
  #conversion: Conversion | null = null
  #converted: ConvertedRequest | null = null
  /** Calls that ended; the open one is not among them. */
  readonly #calls: ProviderCallRecord[] = []
  #call: UpstreamCall | null = null
  /** Monotonic and Unix ms of the open call; the latter is null while none is open. */
  #calledAt = 0
  #startedAt: number | null = null
  #status = 0
  /** Of a plain reply that is not JSON. */
  #replyType: string | null = null
  #headers: Readonly<Record<string, string>> = {}
  #decoder: StreamDecoder | null = null
  #chunks: Buffer[] = []
  #bytes = 0
  /** The outcome is decided: whatever the provider still sends is ignored. */
  #decided = false
  #isLost = false
  /** Cancelled, and read to the end for the provider's count. */
  #readingOn: Timer | null = null
  #closing: Timer | null = null

  constructor(context: RunContext, claim: Claim) {
    this.#context = context
    this.#claim = claim
    this.#target = targetAt(claim, 0)
    this.#deadlineAt = context.clock.monotonic() + claim.remainingMs
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
    this.#targetIndex += 1
    this.#target = targetAt(this.#claim, this.#targetIndex)
    try {
      const announced = await generations.nextAttempt(this.#claim, this.#target)
      if (this.#decided) return
      if (announced.ok) this.#callUnlessStalled(askedAt)
      else this.#lost(announced.refusal, null)
    } catch (problem) {
      this.#lost(problem, null)
    }
  }

  #callProvider(): void {
    const { request, body } = this.#claim
    const { clock, config, upstream } = this.#context
    const target = this.#target
    const provider = this.#context.provider(target.provider)
    this.#provider = provider
    this.#closing?.cancel()
    this.#closing = null
    this.#decoder = null
    this.#chunks = []
    this.#bytes = 0
    this.#status = 0
    if (!provider) {
      this.#callFailed(new GatewayError(providerAdapterErrors.provider_unknown))
      return
    }
    try {
      this.#format = formatOf(target.wire)
      if (!this.#format) throw new GatewayError(wireErrors.wire_unsupported)
      const conversion = conversionOf(request, body, target.wire)
      this.#conversion = conversion
      const { upstreamModel, maxTokens, traits } = target
      const edits = { upstreamModel, stream: request.stream, maxTokens, traits }
      const converted = conversion.encodeRequest(body, edits)
      this.#converted = converted
      const headers: Record<string, string> = {
        'content-type': converted.contentType ?? 'application/json',
        'x-request-id': request.id,
      }
      if (request.traceparent !== null) headers['traceparent'] = request.traceparent
      provider.addCallerHeaders(request.headers, headers)
      provider.addCredential(headers)
      const now = clock.now()
      this.#calledAt = clock.monotonic()
      this.#startedAt = now
      const totalMs = Math.max(1, this.#deadlineAt - this.#calledAt)
      this.#call = upstream.call(
        {
          url: parsedUrl(conversion.url(provider.baseUrl, edits)),
          method: 'POST',
          headers,
          body: converted.body,
          timeouts: { ...config.timeouts, totalMs },
        },
        this,
      )
    } catch (error) {
      this.#callFailed(fromUnknown(error))
    }
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    this.#status = status
    this.#headers = headers
    this.#provider?.metrics.firstByte.observe(
      (this.#context.clock.monotonic() - this.#calledAt) / 1_000,
    )
    const streamed = this.#claim.request.stream && status === 200
    if (streamed) this.#decoder = this.#conversion?.createStreamDecoder(this.#edits()) ?? null
  }

  onData(chunk: Buffer): void {
    if (this.#decided) return
    try {
      if (this.#decoder) {
        const events = this.#decoder.push(chunk)
        if (events.length > 0 && !this.#readingOn && !this.#log.publish(events)) this.#call?.pause()
        if (this.#decoder.done) this.#awaitClose()
      } else this.#collect(chunk)
    } catch (error) {
      this.#call?.abort()
      this.#callFailed(fromUnknown(error))
    }
  }

  onEnd(): void {
    if (this.#decided) return
    try {
      if (this.#status !== 200) this.#refused()
      else if (this.#decoder) this.#endStream(this.#decoder)
      else this.#endReply()
    } catch (error) {
      this.#callFailed(fromUnknown(error))
    }
  }

  onError(error: GatewayError): void {
    if (!this.#decided) this.#callFailed(error)
  }

  #collect(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#status !== 200) {
      if (this.#bytes <= maxErrorBytes) this.#chunks.push(chunk)
      return
    }
    if (this.#bytes > this.#context.config.maxReplyBytes) {
      throw new GatewayError(providerAdapterErrors.upstream_reply_too_large)
    }
    this.#chunks.push(chunk)
  }

  #refused(): void {
    const body = Buffer.concat(this.#chunks)
    const error = this.#format?.decodeError(this.#status, this.#headers, body)
    if (error) this.#callFailed(error)
  }

  /** The answer is over. A provider that closes now keeps its connection usable; one that does not is not waited for. */
  #awaitClose(): void {
    this.#closing ??= this.#context.clock.after(closeMs, () => {
      if (this.#decided || this.#decoder?.done !== true) return
      this.#call?.abort()
      this.onEnd()
    })
  }

  #endStream(decoder: StreamDecoder): void {
    const end = decoder.end()
    if (end.ok) this.#answered(end.usage, decoder.outputCharacters, end.finishReason, end.events)
    else this.#callFailed(end.error, end.usage)
  }

  #endReply(): void {
    const [only] = this.#chunks
    const body = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks)
    const contentType = this.#headers['content-type'] ?? ''
    const reply = this.#conversion?.decodeReply(body, this.#edits(), contentType)
    if (!reply) return
    this.#replyType = reply.contentType ?? null
    this.#answered(reply.usage, reply.outputCharacters, reply.finishReason, [reply.data])
  }

  /** The provider has given a whole answer. */
  #answered(
    usage: Usage | null,
    outputCharacters: number,
    finishReason: string,
    events: readonly (string | Buffer)[],
  ): void {
    this.#callEnded('completed', null, usage, outputCharacters)
    if (this.#readingOn) this.#finishCancelled()
    else this.#finish('completed', null, finishReason, events)
  }

  /** One provider call ended without a whole answer. */
  #callFailed(error: GatewayError | GenerationError, usage: Usage | null = null): void {
    const { clock, logger } = this.#context
    logger.warn(
      {
        request_id: this.#claim.id,
        provider: this.#target.provider,
        attempt: this.#attempt,
        code: error.code,
        status: error.status,
        problem: error.message,
        published: this.#log.published,
      },
      'provider call failed',
    )
    this.#callEnded('failed', error.code, usage)
    if (this.#readingOn) {
      this.#finishCancelled()
      return
    }
    const hasNext = this.#targetIndex + 1 < this.#claim.plan.targets.length
    if (hasNext && error.retryable && !this.#log.published) {
      this.#provider?.metrics.ended('failed')
      void this.#callNext()
      return
    }
    const expired = clock.monotonic() >= this.#deadlineAt
    this.#finish(expired ? 'expired' : 'failed', error)
  }

  /** Enters the open call, if there is one. */
  #callEnded(
    state: 'completed' | 'failed' | 'cancelled',
    errorCode: string | null,
    usage: Usage | null = null,
    outputCharacters = this.#decoder?.outputCharacters ?? 0,
  ): void {
    if (this.#startedAt === null) return
    const call = {
      attempt: this.#attempt,
      target: this.#target,
      state,
      errorCode,
      usage: believable(usage),
      answered: this.#status === 200,
      inputCharacters: this.#converted?.inputCharacters ?? this.#claim.body.length,
      outputCharacters,
      startedAt: this.#startedAt,
      endedAt: this.#context.clock.now(),
    }
    this.#calls.push(callRecord(call))
    this.#startedAt = null
  }

  #cancel(): void {
    if (this.#readingOn) return
    const goesOnCosting = this.#startedAt !== null && this.#provider?.abortStopsBilling === false
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
    this.#provider?.metrics.ended(state)
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
    this.#callEnded(state === 'cancelled' ? 'cancelled' : 'failed', error?.code ?? null)
    return endOf(this.#claim, {
      state,
      finishReason,
      error: GatewayError.is(error) ? toGenerationError(error) : error,
      target: this.#target,
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
    try {
      const released = await generations.release(this.#claim)
      if (released.ok) {
        logger.info({ request_id: this.#claim.id }, 'handed a generation over')
        this.#provider?.metrics.ended('handed_over')
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
    if (!this.#decided) this.#provider?.metrics.ended('lost')
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

  /** Number of the current call in its generation. */
  get #attempt(): number {
    return this.#claim.attempt + this.#targetIndex
  }

  #head(): EntryHead {
    const { provider, model } = this.#target
    const { reason } = this.#claim.plan
    return {
      wire: this.#claim.request.wire,
      provider,
      model,
      reason: `${reason.code}; ${reason.detail}`,
      attempt: this.#attempt,
      adapted: [...(this.#converted?.adapted ?? [])],
      ...(this.#replyType === null ? {} : { contentType: this.#replyType }),
    }
  }

  #edits(): ReplyEdits {
    const { request } = this.#claim
    return {
      model: request.model,
      includeUsage: request.includeUsage,
      requestId: request.id,
      created: Math.floor(request.acceptedAt / 1_000),
      maxEventBytes: this.#target.maxEventBytes ?? this.#context.config.maxEventBytes,
      request: this.#converted?.request ?? null,
      ...(this.#converted?.hints ? { hints: this.#converted.hints } : {}),
    }
  }
}

function targetAt({ plan }: Claim, index: number): RouteTarget {
  const target = plan.targets[index]
  if (!target) throw new Error(`the route plan has no target ${String(index)}`)
  return target
}
