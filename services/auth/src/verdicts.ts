import { sessionKeyId } from '@sluice/contracts/caller'
import type { Verdict, IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Clock } from '@sluice/kernel/clock'
import type { Account, AccountStore } from '@sluice/store/account-store'
import type { AuthStore, StoredKey } from '@sluice/store/auth-store'
import type { Standing } from '@sluice/store/tenancy'
import { resolveAccess } from './access/resolve-access.ts'
import { identityUnavailable } from './errors.ts'
import type { KeyUse } from './key-use.ts'
import type { AuthMetrics } from './metrics.ts'
import { within } from './within.ts'

export interface VerdictsContext {
  readonly store: AuthStore
  /** Who owns keys; null = no key has an owner with an account. */
  readonly accounts: Pick<AccountStore, 'find'> | null
  readonly clock: Clock
  readonly metrics: AuthMetrics
  readonly use: Pick<KeyUse, 'note'>
  /** Told of keys that exist: the answer to their caller is the same for all reasons, and does not say that they do. */
  readonly onRefused: (refusal: Refusal) => void
}

export interface Refusal {
  readonly tenant: string
  readonly key_id: string
  readonly why:
    | 'key_revoked'
    | 'key_expired'
    | 'owner_disabled'
    | 'owner_deleted'
    | 'tenant_disabled'
    | 'project_closed'
}

interface Reading {
  readonly key: StoredKey
  readonly standing: Standing
  readonly owner: Account | null
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

  /** Something is not what it was: verdicts that depend on it must come from the database. */
  forget({ entity, id }: IdentityChange, tenant: string): void {
    this.#changes += 1
    for (const [credentialHash, { key }] of this.#readings) {
      const { keyId, userId, tenantId } = key.caller
      const isOwners = userId !== null && sessionKeyId(userId) === id
      if (entity === 'key' ? keyId === id || isOwners : tenant === tenantId)
        this.#readings.delete(credentialHash)
    }
  }

  async #read(credentialHash: string): Promise<Verdict> {
    const { store, accounts, clock, use, onRefused } = this.#context
    const readAt = clock.monotonic()
    const changes = this.#changes
    // In this order the verdict is never older than the revision it carries.
    const revision = await store.revision()
    const key = await store.findKey(credentialHash)
    this.#readings.delete(credentialHash)
    if (!key) return { valid: false, reason: 'unknown', revision }
    const { keyId, tenantId, userId } = key.caller
    const standing = await store.standing(key.caller, keyId)
    if (!standing) return { valid: false, reason: 'unknown', revision }
    const owner = userId && accounts ? await accounts.find(tenantId, userId) : null
    // Whoever owned it was deleted.
    if (userId && accounts && !owner) {
      onRefused({ tenant: tenantId, key_id: keyId, why: 'owner_deleted' })
      return { valid: false, reason: 'revoked', revision }
    }
    const reading = { key, standing, owner, revision, readAt }
    if (changes === this.#changes) this.#remember(credentialHash, reading)
    const verdict = verdictOf(reading, clock.now())
    if (verdict.valid) use.note(keyId)
    else onRefused({ tenant: tenantId, key_id: keyId, why: whyRefused(reading) })
    return verdict
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
    const verdict = verdictOf(reading, clock.now())
    return verdict.valid ? { ...verdict, ageMs } : verdict
  }
}

function verdictOf({ key, standing, owner, revision }: Reading, now: number): Verdict {
  if (key.revokedAt !== null || owner?.status === 'disabled')
    return { valid: false, reason: 'revoked', revision }
  const resolved = resolveAccess({ ...key, ownerRole: owner?.role ?? null }, standing, now)
  if (!resolved.good) return { valid: false, reason: resolved.reason, revision }
  const { caller, access, until } = resolved
  return { valid: true, caller, access, revision, ...(until === null ? {} : { until }) }
}

/** Of a reading that led to a refusal. */
function whyRefused({ key, standing, owner }: Reading): Refusal['why'] {
  const { tenant, project } = standing
  if (key.revokedAt !== null) return 'key_revoked'
  if (owner?.status === 'disabled') return 'owner_disabled'
  if (tenant.status !== 'active') return 'tenant_disabled'
  if (!project || project.disabledAt !== null) return 'project_closed'
  return 'key_expired'
}

function outcomeOf(verdict: Verdict): string {
  return verdict.valid ? 'valid' : verdict.reason
}
