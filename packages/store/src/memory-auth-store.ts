import { isDeepStrictEqual } from 'node:util'
import type { Caller } from '@sluice/contracts/caller'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { AuthStore, KeyChanges, KeyFilter, NewKey, StoredKey } from './auth-store.ts'
import { copyOf } from './copy-of.ts'
import { defaultTiers } from './default-tiers.ts'
import { type IdentityFact, identityEvents } from './identity-facts.ts'
import { MemoryCollection, pageOf, type ReportChange } from './memory-collection.ts'
import { MemoryOutbox } from './memory-outbox.ts'
import type {
  Budget,
  Group,
  KeyLimits,
  Page,
  Policy,
  Project,
  Standing,
  Tenant,
  Tier,
  UserLicence,
} from './tenancy.ts'

/** For tests and simulation: lives as long as the process. */
export function createMemoryAuthStore(): AuthStore & RevisionOwner {
  return new MemoryAuthStore()
}

/** For other memory stores of the same identity: there is one revision, and one outbox. */
export interface RevisionOwner {
  /** Raises it, and tells the facts that it is about; returns the new one. */
  tell(...facts: readonly IdentityFact[]): number
}

class MemoryAuthStore implements AuthStore, RevisionOwner {
  readonly #keys = new Map<string, StoredKey>()
  readonly #tiers = new Map<string, Tier>(defaultTiers.map((tier) => [tier.name, tier]))
  /** User ids by tenant and group. */
  readonly #members = new Map<string, Set<string>>()
  #revision = 0

  readonly outbox = new MemoryOutbox()

  readonly #of =
    (entity: 'tenant' | 'project' | 'group' | 'policy' | 'budget' | 'licence'): ReportChange =>
    ({ tenantId, id }, change, at) => {
      const revision = this.tell({ entity, id, tenantId, change, at })
      const ofTenant = change === 'deleted' ? 'revoked' : change
      return { entity: 'tenant', id: tenantId, change: ofTenant, revision, at }
    }
  readonly #requireTenant = (tenantId: string) => {
    if (this.tenants.of(tenantId).length === 0) throw new Error(`there is no tenant ${tenantId}`)
  }

  readonly tenants = new MemoryCollection<Tenant>(this.#of('tenant'), () => undefined)
  readonly projects = new MemoryCollection<Project>(this.#of('project'), this.#requireTenant)
  readonly groups = new MemoryCollection<Group>(
    this.#of('group'),
    this.#requireTenant,
    (tenantId, id) => this.#members.delete(JSON.stringify([tenantId, id])),
  )
  readonly policies = new MemoryCollection<Policy>(this.#of('policy'), this.#requireTenant)
  readonly budgets = new MemoryCollection<Budget>(this.#of('budget'), this.#requireTenant)
  readonly licences = new MemoryCollection<UserLicence>(this.#of('licence'), this.#requireTenant)

  tell(...facts: readonly IdentityFact[]): number {
    this.#revision += 1
    this.outbox.add(identityEvents(facts, this.#revision))
    return this.#revision
  }

  async ensureProject(tenantId: string, projectId: string, at: number): Promise<void> {
    await this.tenants.add({
      tenantId,
      id: tenantId,
      name: tenantId,
      status: 'active',
      tier: 'enterprise',
      features: null,
      licenceExpiresAt: null,
      licenceToken: null,
      createdAt: at,
    })
    await this.projects.add({
      tenantId,
      id: projectId,
      name: projectId,
      models: null,
      membersOnly: false,
      disabledAt: null,
      createdAt: at,
    })
  }

  async findKey(credentialHash: string): Promise<StoredKey | null> {
    const found = [...this.#keys.values()].filter((key) => key.credentialHash === credentialHash)
    return copyOf(found.find(isLive) ?? found[0] ?? null)
  }

  async saveKey(key: NewKey): Promise<IdentityChange | null> {
    const { keyId, tenantId, projectId } = key.caller
    if (!(await this.projects.find(tenantId, projectId)))
      throw new Error(`there is no project ${tenantId}/${projectId}`)
    const known = this.#keys.get(keyId)
    if (known && isLive(known) && sameKey(known, key)) return null
    const rival = [...this.#keys.values()].find(
      (other) =>
        other.caller.keyId !== keyId &&
        isLive(other) &&
        other.credentialHash === key.credentialHash,
    )
    if (rival) throw new Error(`key ${rival.caller.keyId} has the same credential`)
    const createdAt = known?.createdAt ?? key.createdAt
    const lastUsedAt = known?.lastUsedAt ?? null
    this.#keys.set(keyId, copyOf({ ...key, createdAt, revokedAt: null, lastUsedAt }))
    return this.#changed(key.caller, known ? 'changed' : 'created', key.createdAt)
  }

  async changeKey(
    tenantId: string,
    keyId: string,
    { keyName, models, ...changes }: KeyChanges,
    at: number,
  ): Promise<IdentityChange | null> {
    const known = this.#keys.get(keyId)
    if (!known || !isLive(known) || known.caller.tenantId !== tenantId) return null
    const caller = { ...known.caller, keyName, models: models === null ? null : [...models] }
    const changed = copyOf({ ...known, ...changes, caller })
    if (isDeepStrictEqual(changed, known)) return null
    this.#keys.set(keyId, changed)
    return this.#changed(changed.caller, 'changed', at)
  }

  async revokeKey(keyId: string, at: number): Promise<IdentityChange | null> {
    const known = this.#keys.get(keyId)
    if (!known || !isLive(known)) return null
    this.#keys.set(keyId, { ...known, revokedAt: at })
    return this.#changed(known.caller, 'revoked', at)
  }

  async revokeKeys(
    tenantId: string,
    keyIds: readonly string[],
    at: number,
    { keepOwner }: { readonly keepOwner: boolean },
  ): Promise<readonly IdentityChange[] | 'last_owner'> {
    const all = [...this.#keys.values()].filter(({ caller }) => caller.tenantId === tenantId)
    const stays = ({ caller, policy, expiresAt, revokedAt }: StoredKey) =>
      !keyIds.includes(caller.keyId) &&
      policy.role === 'owner' &&
      caller.userId === null &&
      revokedAt === null &&
      (expiresAt === null || expiresAt > at)
    if (keepOwner && !all.some(stays)) return 'last_owner'
    const revoked = all.filter((key) => keyIds.includes(key.caller.keyId) && isLive(key))
    return revoked.map((key) => {
      this.#keys.set(key.caller.keyId, { ...key, revokedAt: at })
      return this.#changed(key.caller, 'revoked', at)
    })
  }

  async listFileKeys(): Promise<readonly string[]> {
    const live = [...this.#keys.values()].filter((key) => key.origin === 'file' && isLive(key))
    return live.map((key) => key.caller.keyId)
  }

  async findKeyById(tenantId: string, keyId: string): Promise<StoredKey | null> {
    const key = this.#keys.get(keyId)
    return key?.caller.tenantId === tenantId ? copyOf(key) : null
  }

  async listKeys(
    tenantId: string,
    { projects, ownedBy, madeBy: maker = null }: KeyFilter,
    page: Page,
  ): Promise<readonly StoredKey[]> {
    const found = [...this.#keys.values()].filter(
      ({ caller, madeBy }) =>
        caller.tenantId === tenantId &&
        (projects === null || projects.includes(caller.projectId)) &&
        (ownedBy === null ||
          madeBy === ownedBy.keyId ||
          (ownedBy.userId !== null && caller.userId === ownedBy.userId)) &&
        (maker === null || (madeBy ?? caller.userId) === maker),
    )
    const named = found.map((key) => ({ id: key.caller.keyId, key }))
    return pageOf(named, page).map(({ key }) => key)
  }

  async noteUsed(used: ReadonlyMap<string, number>): Promise<void> {
    for (const [keyId, at] of used) {
      const key = this.#keys.get(keyId)
      if (key && (key.lastUsedAt ?? 0) < at) this.#keys.set(keyId, { ...key, lastUsedAt: at })
    }
  }

  async standing(
    { tenantId, projectId, userId }: Pick<Caller, 'tenantId' | 'projectId' | 'userId'>,
    keyId: string | null,
  ): Promise<Standing | null> {
    const tenant = await this.tenants.find(tenantId, tenantId)
    if (!tenant) return null
    const all = { limit: Infinity, after: null }
    return {
      tenant,
      project: await this.projects.find(tenantId, projectId),
      tiers: await this.listTiers(),
      policies: await this.policies.list(tenantId, all),
      budgets: await this.budgets.list(tenantId, all),
      licence: userId === null ? null : await this.licences.find(tenantId, userId),
      groups: userId === null ? [] : await this.groupsOf(tenantId, userId),
      makers: keyId === null ? [] : this.#makersOf(keyId),
      families: keyId === null ? {} : this.#familiesOf(keyId),
    }
  }

  async revision(): Promise<number> {
    return this.#revision
  }

  async listTiers(): Promise<readonly Tier[]> {
    return copyOf([...this.#tiers.values()].toSorted((a, b) => a.rank - b.rank))
  }

  async saveTier(tier: Tier, at: number): Promise<number> {
    const change = this.#tiers.has(tier.name) ? 'changed' : 'created'
    this.#tiers.set(tier.name, copyOf(tier))
    return this.tell({ entity: 'tier', id: tier.name, tenantId: null, change, at })
  }

  async addMember(tenantId: string, groupId: string, userId: string, at: number): Promise<boolean> {
    if (!(await this.groups.find(tenantId, groupId))) return false
    const members = this.#membersOf(tenantId, groupId)
    if (members.has(userId)) return false
    members.add(userId)
    const id = `${groupId}/${userId}`
    this.tell({ entity: 'membership', id, tenantId, change: 'created', at })
    return true
  }

  async removeMember(
    tenantId: string,
    groupId: string,
    userId: string,
    at: number,
  ): Promise<boolean> {
    const removed = this.#membersOf(tenantId, groupId).delete(userId)
    const id = `${groupId}/${userId}`
    if (removed) this.tell({ entity: 'membership', id, tenantId, change: 'deleted', at })
    return removed
  }

  async listMembers(tenantId: string, groupId: string, page: Page): Promise<readonly string[]> {
    const members = [...this.#membersOf(tenantId, groupId)].map((id) => ({ id }))
    return pageOf(members, page).map(({ id }) => id)
  }

  async groupsOf(tenantId: string, userId: string): Promise<readonly Group[]> {
    const groups = this.groups.of(tenantId)
    return copyOf(groups.filter(({ id }) => this.#membersOf(tenantId, id).has(userId)))
  }

  #membersOf(tenantId: string, groupId: string): Set<string> {
    const name = JSON.stringify([tenantId, groupId])
    const members = this.#members.get(name) ?? new Set()
    this.#members.set(name, members)
    return members
  }

  #makersOf(keyId: string): readonly KeyLimits[] {
    const makers: KeyLimits[] = []
    for (
      let maker = this.#keys.get(this.#keys.get(keyId)?.madeBy ?? '');
      maker !== undefined;
      maker = this.#keys.get(maker.madeBy ?? '')
    ) {
      const { caller, policy } = maker
      makers.push({ keyId: caller.keyId, keyName: caller.keyName, ...policy.limits })
    }
    return makers
  }

  #familiesOf(keyId: string): Readonly<Record<string, readonly string[]>> {
    const heads = [keyId, ...this.#makersOf(keyId).map((maker) => maker.keyId)]
    const withBudget = heads.filter((id) => this.#keys.get(id)?.policy.limits.budget)
    return Object.fromEntries(withBudget.map((id) => [id, this.#familyOf(id).toSorted()]))
  }

  #familyOf(keyId: string): string[] {
    const made = [...this.#keys.values()].filter(({ madeBy }) => madeBy === keyId)
    return [keyId, ...made.flatMap(({ caller }) => this.#familyOf(caller.keyId))]
  }

  #changed(
    { keyId, tenantId }: Caller,
    change: 'created' | 'changed' | 'revoked',
    at: number,
  ): IdentityChange {
    const fact = { entity: 'key', id: keyId, change, at } as const
    return { ...fact, revision: this.tell({ ...fact, tenantId }) }
  }
}

function isLive(key: StoredKey): boolean {
  return key.revokedAt === null
}

/** Equal but for the time of creation, which the first save decides. */
function sameKey(a: StoredKey, b: NewKey): boolean {
  const { revokedAt: _revoked, lastUsedAt: _used, ...saved } = a
  return isDeepStrictEqual({ ...saved, createdAt: 0 }, copyOf({ ...b, createdAt: 0 }))
}
