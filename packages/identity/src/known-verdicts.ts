import { sessionKeyId } from '@sluice/contracts/caller'
import type { Verdict } from '@sluice/contracts/rpc/auth'

interface Entry {
  readonly verdict: Verdict
  /** From then on `auth` is asked. Monotonic ms, like every time here. */
  askAt: number
  /** From then on the verdict is not served any more, whatever happened to `auth`. */
  readonly diesAt: number
}

export interface KnownVerdictsOptions {
  readonly ttlMs: number
  readonly staleMs: number
  readonly maxEntries: number
}

/** Short: a key that was just made must not stay unknown. Long enough that a client that repeats a wrong key asks `auth` rarely. */
const refusedMs = 5_000
const maxRefused = 10_000
const atOnce = -Infinity

/**
 * Verdicts and how long each is good for. Valid and refused credentials have a bound each, so that a flood of wrong keys cannot push out the
 * good ones. Both maps are ordered by the time of the answer; what is in use is answered anew every `ttlMs`, so the first entry is the one to
 * drop, at no cost to lookups.
 */
export class KnownVerdicts {
  readonly #options: KnownVerdictsOptions
  readonly #valid = new Map<string, Entry>()
  readonly #refused = new Map<string, Entry>()

  constructor(options: KnownVerdictsOptions) {
    this.#options = options
  }

  /** What needs no question. */
  fresh(credentialHash: string, now: number): Verdict | null {
    const entry = this.#valid.get(credentialHash) ?? this.#refused.get(credentialHash)
    return entry && entry.askAt > now ? entry.verdict : null
  }

  /** What may stand in for an answer that does not come. Never a refusal: the key may exist by now. */
  stale(credentialHash: string, now: number): Verdict | null {
    const entry = this.#valid.get(credentialHash)
    return entry && entry.diesAt > now ? entry.verdict : null
  }

  /** `goodForMs`: how long the credential itself lasts. */
  learn(credentialHash: string, verdict: Verdict, now: number, goodForMs = Infinity): void {
    this.#valid.delete(credentialHash)
    this.#refused.delete(credentialHash)
    if (verdict.valid) {
      const { ttlMs, staleMs, maxEntries } = this.#options
      const diesAt = now + Math.min(staleMs - (verdict.ageMs ?? 0), goodForMs)
      const askAt = Math.min(now + ttlMs, diesAt)
      remember(this.#valid, maxEntries, credentialHash, { verdict, askAt, diesAt })
    } else {
      const diesAt = now + refusedMs
      remember(this.#refused, maxRefused, credentialHash, { verdict, askAt: diesAt, diesAt })
    }
  }

  /** Not to be asked about again before `until`. */
  postpone(credentialHash: string, until: number): void {
    const entry = this.#valid.get(credentialHash)
    if (entry) entry.askAt = Math.min(until, entry.diesAt)
  }

  /** The key was created or changed: asked about again, served meanwhile if `auth` is away. */
  expireKey(keyId: string): void {
    this.#refused.clear()
    for (const [, entry] of this.#entriesOf(keyId)) entry.askAt = atOnce
  }

  /** The key was revoked: not even served while `auth` is away. */
  forgetKey(keyId: string): void {
    for (const [credentialHash] of this.#entriesOf(keyId)) this.#valid.delete(credentialHash)
  }

  /** What was answered before `revision` is asked about again. */
  expireBefore(revision: number): void {
    this.#refused.clear()
    for (const entry of this.#valid.values())
      if (entry.verdict.revision < revision) entry.askAt = atOnce
  }

  /** Releases what nobody asked for in `staleMs`. */
  prune(now: number): void {
    for (const entries of [this.#valid, this.#refused]) {
      for (const [credentialHash, entry] of entries) {
        if (entry.diesAt > now) break
        entries.delete(credentialHash)
      }
    }
  }

  /** Of that key; where it stands for the sessions of a person, of whatever that person owns. */
  *#entriesOf(keyId: string): Iterable<[string, Entry]> {
    for (const item of this.#valid) {
      const { verdict } = item[1]
      if (!verdict.valid) continue
      const { keyId: known, userId } = verdict.caller
      if (known === keyId || (userId !== null && sessionKeyId(userId) === keyId)) yield item
    }
  }
}

function remember(
  entries: Map<string, Entry>,
  maxEntries: number,
  credentialHash: string,
  entry: Entry,
): void {
  entries.set(credentialHash, entry)
  if (entries.size <= maxEntries) return
  const [oldest] = entries.keys()
  if (oldest !== undefined) entries.delete(oldest)
}
