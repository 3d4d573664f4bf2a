import { fullAccess } from '@sluice/contracts/access'
import type { Verdict } from '@sluice/contracts/rpc/auth'
import type { IdentityChanged } from '@sluice/contracts/topics/identity-changed'
import type { Clock } from '@sluice/kernel/clock'
import type { AuthStore, StoredKey } from '@sluice/store/auth-store'
import { identityUnavailable } from './errors.ts'
import type { AuthMetrics } from './metrics.ts'
import { within } from './within.ts'

export interface VerdictsContext {
  readonly store: AuthStore
  readonly clock: Clock
  readonly metrics: AuthMetrics
}

interface Reading {
  readonly key: StoredKey
  readonly revision: number
  /** Monotonic ms. */
  readonly readAt: number
}

/** Whoever asks waits 2 s: time must be left to answer from memory. */
const readTimeoutMs = 1_500
const memoryMs = 300_000
const maxRemembered = 50_000

/**
 * Whether a credential is good, from the database; while that is away, from memory, as it was read there in the last five minutes. Only keys
 * that exist are remembered, so what was unknown is not refused from memory: it may exist by now.
 */
export class Verdicts {
  readonly #context: VerdictsContext
  /** By credential, ordered by when it was read. */
  readonly #readings = new Map<string, Reading>()
  /** Counts changes, to notice one that overtook a reading. */
  #changes = 0

  constructor(context: VerdictsContext) {
    this.#context = context
  }

  async verify(credentialHash: string): Promise<Verdict> {
    const { clock, metrics } = this.#context
    try {
      const verdict = await within(clock, readTimeoutMs, this.#read(credentialHash))
      metrics.verdicts.inc({ outcome: outcomeOf(verdict), source: 'database' })
      return verdict
    } catch (cause) {
      const verdict = this.#remembered(credentialHash)
      if (verdict) {
        metrics.verdicts.inc({ outcome: outcomeOf(verdict), source: 'memory' })
        return verdict
      }
      metrics.unchecked.inc()
      throw identityUnavailable(cause)
    }
  }

  /** A key is not what it was: its verdict must come from the database. */
  forget(change: IdentityChanged): void {
    this.#changes += 1
    for (const [credentialHash, { key }] of this.#readings)
      if (key.caller.keyId === change.id) this.#readings.delete(credentialHash)
  }

  async #read(credentialHash: string): Promise<Verdict> {
    const { store, clock } = this.#context
    const readAt = clock.monotonic()
    const changes = this.#changes
    // In this order the verdict is never older than the revision it carries.
    const revision = await store.revision()
    const key = await store.findKey(credentialHash)
    this.#readings.delete(credentialHash)
    if (!key) return { valid: false, reason: 'unknown', revision }
    if (changes === this.#changes) this.#remember(credentialHash, { key, revision, readAt })
    return verdictOf(key, revision, clock.now())
  }

  #remember(credentialHash: string, reading: Reading): void {
    this.#readings.set(credentialHash, reading)
    if (this.#readings.size <= maxRemembered) return
    const [oldest] = this.#readings.keys()
    if (oldest !== undefined) this.#readings.delete(oldest)
  }

  #remembered(credentialHash: string): Verdict | null {
    const { clock } = this.#context
    const reading = this.#readings.get(credentialHash)
    if (!reading) return null
    const ageMs = clock.monotonic() - reading.readAt
    if (ageMs >= memoryMs) return null
    const verdict = verdictOf(reading.key, reading.revision, clock.now())
    return verdict.valid ? { ...verdict, ageMs } : verdict
  }
}

function verdictOf(key: StoredKey, revision: number, now: number): Verdict {
  if (key.revokedAt !== null) return { valid: false, reason: 'revoked', revision }
  if (key.expiresAt !== null && key.expiresAt <= now)
    return { valid: false, reason: 'expired', revision }
  return { valid: true, caller: key.caller, access: fullAccess, revision }
}

function outcomeOf(verdict: Verdict): string {
  return verdict.valid ? 'valid' : verdict.reason
}
