import { readTokenIssuers, type TokenIssuer } from '@sluice/contracts/rpc/token-issuers'
import type { Clock } from '@sluice/kernel/clock'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'

export interface IssuerDirectoryOptions {
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly timeoutMs: number
}

const freshMs = 60_000
/** A flood of tokens with made-up keys must not become a flood of questions; `auth` has a bound of its own towards the issuer. */
const missingPauseMs = 5_000

/**
 * The issuers whose tokens are taken, with their public keys, as `auth` last told. What was told once stands in while `auth` is away: keys are public, and
 * a token that was checked by one still has to be known to `auth`.
 */
export class IssuerDirectory {
  readonly #options: IssuerDirectoryOptions
  #issuers: ReadonlyMap<string, TokenIssuer> | null = null
  /** Monotonic ms. */
  #readAt = 0
  #reading: Promise<ReadonlyMap<string, TokenIssuer>> | null = null
  readonly #missingAt = new Map<string, number>()

  constructor(options: IssuerDirectoryOptions) {
    this.#options = options
  }

  /** Rejects when nothing is known and `auth` cannot be asked. */
  async find(issuer: string): Promise<TokenIssuer | null> {
    const { clock } = this.#options
    if (!this.#issuers || clock.monotonic() - this.#readAt >= freshMs) await this.#refresh(null)
    return this.#issuers?.get(issuer) ?? null
  }

  /** The issuer once more, after a token named a key that it did not have. */
  async findAgain(issuer: string): Promise<TokenIssuer | null> {
    const now = this.#options.clock.monotonic()
    const askedAt = this.#missingAt.get(issuer) ?? -Infinity
    if (now - askedAt >= missingPauseMs) {
      this.#missingAt.set(issuer, now)
      await this.#refresh(issuer)
    }
    return this.#issuers?.get(issuer) ?? null
  }

  async #refresh(missing: string | null): Promise<void> {
    try {
      // Whoever misses a key needs an answer from after that.
      const reading = missing === null ? (this.#reading ??= this.#read(null)) : this.#read(missing)
      this.#issuers = await reading
      this.#readAt = this.#options.clock.monotonic()
    } catch (error) {
      if (!this.#issuers) throw error
    } finally {
      if (missing === null) this.#reading = null
    }
  }

  async #read(missing: string | null): Promise<ReadonlyMap<string, TokenIssuer>> {
    const { queue, timeoutMs } = this.#options
    const { issuers } = await callRpc(queue, readTokenIssuers, { missing }, { timeoutMs })
    return new Map(issuers.map((issuer) => [issuer.issuer, issuer]))
  }
}
