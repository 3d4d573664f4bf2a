import { hash } from 'node:crypto'
import { type Verdict, verifyCredential } from '@sluice/contracts/rpc/auth'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'
import { identityErrors } from './errors.ts'
import { IdentityWatch } from './identity-watch.ts'
import { KnownVerdicts } from './known-verdicts.ts'
import { isToken } from './token-form.ts'
import { TokenVerifier } from './token-verifier.ts'

export interface VerdictCacheOptions {
  readonly queue: WorkQueue
  readonly clock: Clock
  /** How long a verdict is believed without asking. Default 60,000. */
  readonly ttlMs?: number
  /** How long a verdict is served while `auth` cannot be asked, counted from the answer. Default 300,000. */
  readonly staleMs?: number
  /** Valid credentials remembered; refused ones have a bound of their own. Default 50,000. */
  readonly maxEntries?: number
  /** Told when `auth` stops answering and when it is back; silent without. */
  readonly logger?: Logger
}

/** What this process knows about credentials, by the SHA-256 of the whole. */
export interface VerdictCache extends AsyncDisposable {
  /**
   * Synchronous for what is known and fresh. Rejects with `auth_unavailable` (503, retryable) when nothing is known and `auth` cannot be
   * asked; that is never a refusal.
   */
  lookup(credentialHash: string): Verdict | Promise<Verdict>
  /** The same for a credential as it came: a key, or a token (JWT), which is checked here. Only its hash is remembered, and no token past its `exp`. */
  check(credential: string): Verdict | Promise<Verdict>
  /** What is known of it without asking; null = nothing that is fresh. */
  known(credential: string): Verdict | null
}

export function createVerdictCache(options: VerdictCacheOptions): VerdictCache {
  return new AskingVerdictCache(options)
}

interface Question {
  readonly credentialHash: string
  /** In clear, as long as the question is open. */
  readonly token?: string
}

interface Answer {
  readonly verdict: Verdict
  /** However the answer turns out, it is not kept for longer. */
  readonly goodForMs: number
}

const timeoutMs = 2_000
/** What a caller without a verdict is told to wait; also the pause before a question that failed is asked again. */
const retryAfterMs = 1_000
/** Questions under way at once: a flood of unknown keys must not become a heap of promises. Known keys are asked about in any case. */
const maxOpenQuestions = 1_000

class AskingVerdictCache implements VerdictCache {
  readonly #queue: WorkQueue
  readonly #clock: Clock
  readonly #known: KnownVerdicts
  readonly #watch: IdentityWatch
  readonly #tokens: TokenVerifier
  /** One question per credential, shared by all who wait for it. */
  readonly #asked = new Map<string, Promise<Verdict>>()
  #openQuestions = 0
  /** The last question failed: whoever has a verdict does not wait for the next one. */
  #away = false

  constructor({ queue, clock, logger, ttlMs, staleMs, maxEntries }: VerdictCacheOptions) {
    this.#queue = queue
    this.#clock = clock
    const known = new KnownVerdicts({
      ttlMs: ttlMs ?? 60_000,
      staleMs: staleMs ?? 300_000,
      maxEntries: maxEntries ?? 50_000,
    })
    this.#known = known
    this.#tokens = new TokenVerifier({ queue, clock, timeoutMs })
    this.#watch = new IdentityWatch({
      queue,
      clock,
      logger,
      timeoutMs,
      onKeyChanged: ({ id, change }) => {
        this.#asked.clear() // a question from before the change may get the answer from before it
        if (change === 'revoked') known.forgetKey(id)
        else known.expireKey(id)
      },
      onChangedBefore: (revision) => {
        this.#asked.clear()
        known.expireBefore(revision)
      },
      onCompared: (answered) => {
        this.#away = !answered
        known.prune(clock.monotonic())
      },
    })
  }

  lookup(credentialHash: string): Verdict | Promise<Verdict> {
    const now = this.#clock.monotonic()
    return this.#known.fresh(credentialHash, now) ?? this.#lookUp({ credentialHash }, now)
  }

  check(credential: string): Verdict | Promise<Verdict> {
    const now = this.#clock.monotonic()
    const credentialHash = hash('sha256', credential)
    const fresh = this.#known.fresh(credentialHash, now)
    if (fresh) return fresh
    return this.#lookUp(
      isToken(credential) ? { credentialHash, token: credential } : { credentialHash },
      now,
    )
  }

  known(credential: string): Verdict | null {
    return this.#known.fresh(hash('sha256', credential), this.#clock.monotonic())
  }

  #lookUp(question: Question, now: number): Verdict | Promise<Verdict> {
    const stale = this.#known.stale(question.credentialHash, now)
    if (!stale) return this.#askAboutUnknown(question)
    const answer = this.#askAboutKnown(question)
    if (!this.#away) return answer
    answer.catch(() => undefined) // nobody waits: a question can take its whole timeout
    return stale
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]()
  }

  async #askAboutUnknown(question: Question): Promise<Verdict> {
    const asked = this.#asked.get(question.credentialHash)
    if (!asked && this.#openQuestions >= maxOpenQuestions)
      throw unavailable('too many credentials are being checked')
    return asked ?? this.#ask(question)
  }

  async #askAboutKnown(question: Question): Promise<Verdict> {
    const { credentialHash } = question
    try {
      return await (this.#asked.get(credentialHash) ?? this.#ask(question))
    } catch (error) {
      // Looked up again: the key may have been revoked, or the verdict died, while the question was open.
      const now = this.#clock.monotonic()
      const stale = this.#known.stale(credentialHash, now)
      if (!stale) throw error
      this.#known.postpone(credentialHash, now + retryAfterMs)
      return stale
    }
  }

  #ask(question: Question): Promise<Verdict> {
    const { credentialHash } = question
    const answer = this.#answer(question).finally(() => {
      // After a change a newer question may have taken its place.
      if (this.#asked.get(credentialHash) === answer) this.#asked.delete(credentialHash)
    })
    this.#asked.set(credentialHash, answer)
    return answer
  }

  async #answer({ credentialHash, token }: Question): Promise<Verdict> {
    this.#openQuestions += 1
    try {
      const { verdict, goodForMs } =
        token === undefined
          ? await this.#askAboutKey(credentialHash)
          : await this.#askAboutToken(token)
      this.#away = false
      // Answered before a change that was heard of since: good for those who asked, not to be kept.
      if (verdict.revision >= this.#watch.revision)
        this.#known.learn(credentialHash, verdict, this.#clock.monotonic(), goodForMs)
      return verdict
    } catch (cause) {
      this.#away = true
      throw unavailable(messageOf(cause), cause)
    } finally {
      this.#openQuestions -= 1
    }
  }

  async #askAboutKey(credentialHash: string): Promise<Answer> {
    const request = { credentialHash }
    const verdict = await callRpc(this.#queue, verifyCredential, request, { timeoutMs })
    return { verdict, goodForMs: this.#goodForMs(verdict, Infinity) }
  }

  async #askAboutToken(token: string): Promise<Answer> {
    const { revision } = this.#watch
    const verified = await this.#tokens.verify(token)
    if (!verified) {
      return { verdict: { valid: false, reason: 'unknown', revision }, goodForMs: Infinity }
    }
    const { verdict, expiresAt } = verified
    return { verdict, goodForMs: this.#goodForMs(verdict, expiresAt) }
  }

  #goodForMs(verdict: Verdict, expiresAt: number): number {
    const until = verdict.valid ? (verdict.until ?? Infinity) : Infinity
    return Math.min(until, expiresAt) - this.#clock.now()
  }
}

function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError(identityErrors.auth_unavailable, message, { cause, retryAfterMs })
}
