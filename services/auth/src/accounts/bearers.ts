import { hash } from 'node:crypto'
import { Role } from '@sluice/contracts/access'
import { Caller, sessionKeyId } from '@sluice/contracts/caller'
import { TenantId } from '@sluice/contracts/ids'
import type { Verdict, IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Clock } from '@sluice/kernel/clock'
import type { Account, AccountStore } from '@sluice/store/account-store'
import type { AuthStore } from '@sluice/store/auth-store'
import { noLimits } from '@sluice/store/tenancy'
import { z } from 'zod'
import { resolveAccess } from '../access/resolve-access.ts'
import type { ForeignMapping } from '../accounts-config.ts'
import type { Issuers } from './issuers.ts'

export interface BearersContext {
  readonly store: AuthStore
  readonly accounts: AccountStore
  readonly clock: Clock
  readonly issuers: Issuers
  readonly ownIssuer: string
  readonly onChanged: (change: IdentityChange, tenant: string) => void
}

type Claims = Readonly<Record<string, unknown>>

/**
 * What the bearer of a token may do, whose signature and times were checked by whoever asks. The token says who it is; role, licence and whether the
 * session still runs are read here, every time: nothing of that is believed because it was signed once.
 */
export class Bearers {
  readonly #context: BearersContext

  constructor(context: BearersContext) {
    this.#context = context
  }

  async verify(issuer: string, subject: string, claims: Claims): Promise<Verdict> {
    const { store, issuers, ownIssuer } = this.#context
    // Before everything else, so that the verdict is never older than the revision it carries.
    const revision = await store.revision()
    if (issuer === ownIssuer) {
      const account = await this.#ofSession(subject, claims)
      return account ? this.#verdict(account, account.role, revision) : refused(revision)
    }
    const trusted = issuers.trusted(issuer)
    const foreign = trusted && (await this.foreignAccount(trusted, subject, claims))
    return foreign ? this.#verdict(foreign.account, foreign.role, revision) : refused(revision)
  }

  async #ofSession(subject: string, claims: Claims): Promise<Account | null> {
    const { accounts, clock } = this.#context
    const sid = z.string().safeParse(claims['sid'])
    if (!sid.success) return null
    const found = await accounts.findSession(sid.data)
    if (found?.account.id !== subject) return null
    const { endedAt, expiresAt } = found.session
    return endedAt === null && expiresAt > clock.now() ? found.account : null
  }

  /** Makes the account on the first token that names it. */
  async foreignAccount(
    trusted: ForeignMapping,
    subject: string,
    claims: Claims,
  ): Promise<{ readonly account: Account; readonly role: Role } | null> {
    const { store, accounts, clock } = this.#context
    const named = trusted.tenant ?? claims[trusted.tenant_claim ?? '']
    const tenantId = TenantId.safeParse(named)
    if (!tenantId.success || !(await store.tenants.find(tenantId.data, tenantId.data))) return null
    const id = foreignUserId(trusted.issuer, tenantId.data, subject)
    const said = roleOf(trusted, claims)
    const account = await accounts.ensure({
      id,
      tenantId: tenantId.data,
      email: text(claims[trusted.email_claim]) ?? `${id}@external.invalid`,
      name: text(claims[trusted.name_claim]) ?? subject.slice(0, 200),
      role: said ?? trusted.default_role,
      status: 'active',
      origin: 'external',
      passwordHash: null,
      createdAt: clock.now(),
    })
    if (trusted.groups_claim !== undefined)
      await this.#setGroups(account, claims[trusted.groups_claim])
    return { account, role: said ?? account.role }
  }

  /** The issuer decides which of the tenant's groups its people are in, by the groups' ids or names. */
  async #setGroups({ tenantId, id }: Account, claimed: unknown): Promise<void> {
    const { store, clock, onChanged } = this.#context
    const names = new Set(z.array(z.string()).catch([]).parse(claimed))
    const [groups, current] = await Promise.all([
      store.groups.list(tenantId, { limit: 1_000, after: null }),
      store.groupsOf(tenantId, id),
    ])
    const isIn = new Set(current.map((group) => group.id))
    const at = clock.now()
    let changed = false
    for (const group of groups) {
      const wanted = names.has(group.id) || names.has(group.name)
      if (wanted === isIn.has(group.id)) continue
      const done = wanted
        ? await store.addMember(tenantId, group.id, id, at)
        : await store.removeMember(tenantId, group.id, id, at)
      changed ||= done
    }
    if (!changed) return
    const revision = await store.revision()
    const change = { entity: 'key', id: sessionKeyId(id), change: 'changed', revision } as const
    onChanged({ ...change, at }, tenantId)
  }

  async #verdict(account: Account, role: Role, revision: number): Promise<Verdict> {
    const { store, clock } = this.#context
    if (account.status !== 'active') return refused(revision)
    const caller = await this.#callerOf(account)
    const standing = await store.standing(caller, null)
    if (!standing) return refused(revision)
    const policy = {
      role,
      platform: false,
      scopes: null,
      ipAllow: null,
      maxBodyBytes: null,
      limits: noLimits,
    }
    const credential = { caller, policy, ownerRole: role, expiresAt: null }
    const resolved = resolveAccess(credential, standing, clock.now())
    if (!resolved.good) return { valid: false, reason: resolved.reason, revision }
    const { until, access } = resolved
    const verdict = { valid: true, caller: resolved.caller, access, revision } as const
    return until === null ? verdict : { ...verdict, until }
  }

  /** A session is in the default project, or in the first there is. */
  async #callerOf({ tenantId, id, email }: Account): Promise<Caller> {
    const { store } = this.#context
    const usual = await store.projects.find(tenantId, 'default')
    const [first] = usual ? [usual] : await store.projects.list(tenantId, { limit: 1, after: null })
    return Caller.parse({
      tenantId,
      projectId: first?.id ?? 'default',
      keyId: sessionKeyId(id),
      userId: id,
      keyName: email,
      models: null,
    })
  }
}

/** The same person in two tenants is two accounts; what an issuer writes into `sub` is not fit for an id. */
export function foreignUserId(issuer: string, tenantId: string, subject: string): string {
  return `ext-${hash('sha256', JSON.stringify([issuer, tenantId, subject])).slice(0, 32)}`
}

/** The highest of those that the issuer may give; null = it says nothing about it. */
function roleOf({ role_claim, roles }: ForeignMapping, claims: Claims): Role | null {
  if (role_claim === undefined) return null
  const said = [claims[role_claim]].flat()
  return Role.options.find((role) => said.includes(role) && roles.includes(role)) ?? null
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, 320) : null
}

function refused(revision: number): Verdict {
  return { valid: false, reason: 'revoked', revision }
}
