import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { EntryHead, TerminalState } from '@sluice/contracts/generation/log-entry'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import type { Usage } from '@sluice/contracts/usage'
import type { Claim, Generations, Revocation } from '@sluice/generations'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { fromUnknown, GatewayError, messageOf, toGenerationError } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { Placed } from '@sluice/kernel/transient-set'
import type { Upstream, UpstreamCall, UpstreamSink } from '@sluice/upstream'
import type { StreamDecoder } from '@sluice/wire/wire-format'
import type { ProviderAdapterConfig } from './config.ts'
import { providerAdapterErrors } from './errors.ts'
import { LogWriter } from './log-writer.ts'
import type { CallableProvider } from './providers.ts'
import { endOf } from './usage-of.ts'

export interface RunContext {
  readonly config: ProviderAdapterConfig
  readonly generations: Generations
  readonly upstream: Upstream
  readonly provider: (name: string) => CallableProvider | null
  readonly clock: Clock
  readonly logger: Logger
}

/** How long a provider may take to close after its end marker. */
const closeMs = 250

/** An error body is read up to here: enough for any provider's message. */
const maxErrorBytes = 65_536

/**
 * One generation from its claim to its terminal entry: calls the provider of the plan's first attempt, publishes what comes, ends. When a call
 * fails retryably and nothing was published, the next attempt of the plan is called; after the first published part an error is final.
 *
 *   call() ─► onHead ─► onData … ─► onEnd ─┬─► whole ─────────────► finish completed
 *                │                         └─► cut, error, ≠ 200 ─► callFailed ─► next attempt │ finish failed
 *                └────────────► onError ───────────────────────────► callFailed
 *   revoked('cancelled') ─► abort, finish cancelled        revoked('lost') ─► abort, write nothing
 */
export class GenerationRun implements UpstreamSink, Placed {
  place = -1
  readonly #context: RunContext
  readonly #claim: Claim
  readonly #log: LogWriter
  #attemptIndex = 0
  #attempt: RouteTarget
  #provider: CallableProvider | null = null
  #call: UpstreamCall | null = null
  #calledAt = 0
  #calls = 0
  #status = 0
  #headers: Readonly<Record<string, string>> = {}
  #decoder: StreamDecoder | null = null
  #chunks: Buffer[] = []
  #bytes = 0
  /** The outcome is decided: whatever the provider still sends is ignored. */
  #decided = false
  #adapted: readonly string[] = []
  #closing: Timer | null = null

  constructor(context: RunContext, claim: Claim) {
    this.#context = context
    this.#claim = claim
    this.#attempt = firstAttempt(claim)
    this.#log = new LogWriter(context.generations, claim, context.clock, {
      head: () => this.#head(),
      onDrained: () => this.#call?.resume(),
      onLost: (problem) => {
        context.logger.warn(
          { request_id: claim.id, problem: messageOf(problem) },
          'lost the generation',
        )
        this.revoked('lost')
      },
    })
  }

  /** Resolves when the terminal entry is written, or when the claim is lost. */
  run(): Promise<void> {
    this.#callProvider()
    return this.#log.closed
  }

  revoked(reason: Revocation): void {
    if (this.#decided) return
    this.#call?.abort()
    if (reason === 'cancelled') {
      this.#finish('cancelled', new GatewayError(providerAdapterErrors.request_cancelled))
      return
    }
    this.#decided = true
    this.#provider?.metrics.ended('lost')
    this.#log.abandon()
  }

  /** The process ends before the generation does. */
  shutDown(): void {
    if (this.#decided) return
    this.#call?.abort()
    this.#finish(
      'failed',
      new GatewayError(providerAdapterErrors.shutting_down, undefined, { retryAfterMs: 1_000 }),
    )
  }

  #callProvider(): void {
    const { request, body } = this.#claim
    const attempt = this.#attempt
    const provider = this.#context.provider(attempt.provider)
    this.#provider = provider
    this.#closing?.cancel()
    this.#closing = null
    this.#decoder = null
    this.#chunks = []
    this.#bytes = 0
    if (!provider) {
      this.#callFailed(new GatewayError(providerAdapterErrors.provider_unknown))
      return
    }
    try {
      const { upstreamModel, maxTokens } = attempt
      const edits = { upstreamModel, stream: request.stream, maxTokens }
      const encoded = provider.format.encodeRequest(body, request.wire, edits)
      this.#adapted = encoded.adapted
      const headers: Record<string, string> = {
        'content-type': 'application/json',
        'x-request-id': request.id,
      }
      if (request.traceparent !== null) headers['traceparent'] = request.traceparent
      provider.addCallerHeaders(request.headers, headers)
      provider.addCredential(headers)
      this.#calls += 1
      this.#calledAt = this.#context.clock.monotonic()
      const totalMs = Math.max(1, request.deadlineAt - this.#context.clock.now())
      this.#call = this.#context.upstream.call(
        {
          url: provider.chatUrl,
          method: 'POST',
          headers,
          body: encoded.body,
          timeouts: { ...this.#context.config.timeouts, totalMs },
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
    if (streamed && this.#provider) {
      this.#decoder = this.#provider.format.createStreamDecoder(
        this.#claim.request.wire,
        this.#edits(),
      )
    }
  }

  onData(chunk: Buffer): void {
    if (this.#decided) return
    try {
      if (this.#decoder) {
        const events = this.#decoder.push(chunk)
        if (events.length > 0 && !this.#log.publish(events)) this.#call?.pause()
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
    const format = this.#provider?.format
    if (format)
      this.#callFailed(format.decodeError(this.#status, this.#headers, Buffer.concat(this.#chunks)))
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
    if (end.ok) this.#finish('completed', null, end)
    else this.#callFailed(end.error, end.usage)
  }

  #endReply(): void {
    const [only] = this.#chunks
    const body = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks)
    const reply = this.#provider?.format.decodeReply(body, this.#claim.request.wire, this.#edits())
    if (reply) this.#finish('completed', null, { ...reply, events: [reply.data] })
  }

  /** One provider call ended without a whole answer. */
  #callFailed(error: GatewayError | GenerationError, usage: Usage | null = null): void {
    const { clock, logger } = this.#context
    logger.warn(
      {
        request_id: this.#claim.id,
        provider: this.#attempt.provider,
        attempt: this.#calls,
        code: error.code,
        status: error.status,
        problem: error.message,
        published: this.#log.published,
      },
      'provider call failed',
    )
    const next = this.#claim.plan.targets[this.#attemptIndex + 1]
    if (next && error.retryable && !this.#log.published) {
      this.#provider?.metrics.ended('failed')
      this.#attemptIndex += 1
      this.#attempt = next
      this.#callProvider()
      return
    }
    const expired = clock.now() >= this.#claim.request.deadlineAt
    this.#finish(expired ? 'expired' : 'failed', error, { usage })
  }

  #finish(
    state: TerminalState,
    error: GatewayError | GenerationError | null,
    answer: {
      finishReason?: string
      usage?: Usage | null
      events?: readonly (string | Buffer)[]
      outputCharacters?: number
    } = {},
  ): void {
    this.#decided = true
    this.#closing?.cancel()
    this.#provider?.metrics.ended(state)
    const outputCharacters = answer.outputCharacters ?? this.#decoder?.outputCharacters ?? 0
    const end = endOf(this.#claim, this.#attempt, {
      state,
      finishReason: answer.finishReason ?? null,
      error: GatewayError.is(error) ? toGenerationError(error) : error,
      usage: answer.usage ?? null,
      outputCharacters,
      // Once something was published the provider has read the prompt: its tokens cost, whatever came after.
      generated: state === 'completed' || this.#log.published,
      calls: this.#calls,
      firstPartAt: this.#log.firstPartAt,
      finishedAt: this.#context.clock.now(),
    })
    this.#log.finish(answer.events ?? [], end)
  }

  #head(): EntryHead {
    const { provider, model } = this.#attempt
    const { reason } = this.#claim.plan
    return {
      wire: this.#claim.request.wire,
      provider,
      model,
      reason: `${reason.code}; ${reason.detail}`,
      attempt: Math.max(1, this.#calls),
      adapted: [...this.#adapted],
    }
  }

  #edits() {
    const { request } = this.#claim
    return {
      model: request.model,
      includeUsage: request.includeUsage,
      requestId: request.id,
      created: Math.floor(request.acceptedAt / 1_000),
      maxEventBytes: this.#context.config.maxEventBytes,
    }
  }
}

function firstAttempt(claim: Claim): RouteTarget {
  const [attempt] = claim.plan.targets
  if (!attempt) throw new Error('a route plan has at least one target')
  return attempt
}
