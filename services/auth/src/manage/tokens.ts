import { timeOf } from '@sluice/contracts/http/shapes'
import type { Caller } from '@sluice/contracts/caller'
import type { NewToken, TokenSettings, TokenView } from '@sluice/contracts/http/routes/tokens'
import type { KeyId, ProjectId } from '@sluice/contracts/ids'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from '@sluice/management/errors'
import type { KeyFilter, StoredKey } from '@sluice/store/auth-store'
import type { KeyPolicy } from '@sluice/store/tenancy'
import { type Globs, intersectGlobs } from '../access/globs.ts'
import { modelsOf } from '../access/resolve-access.ts'
import { isTenantWide, roleCovers } from '../access/roles.ts'
import { isSession } from '../access/signed-in.ts'
import { accountErrors } from '../accounts/errors.ts'
import { hasOwner } from '../accounts/has-owner.ts'
import { allKeys } from '../keys/all-keys.ts'
import { authErrors } from '../errors.ts'
import { mintKey } from '../keys/mint-key.ts'
import { found, listOf, type ManageContext } from './context.ts'
import { type Grant, type Granter, requireGrantable } from './may-grant.ts'
import { projectsOf } from './projects.ts'
import { limitsWith, settingsOf } from './token-settings.ts'
import { tokenView } from './token-view.ts'

/** A key with a budget, and all that were made with it. */
const maxFamily = 100

/** API keys as people manage them: over HTTP and by the command line. */
export class Tokens {
  readonly #context: ManageContext

  constructor(context: ManageContext) {
    this.#context = context
  }

  /** The only time that the key itself is seen. What is not asked for is as with whoever makes it. */
  async create(
    principal: Principal,
    asked: NewToken,
  ): Promise<{ readonly id: string; readonly key: string; readonly view: TokenView }> {
    const { store, clock, onChanged } = this.#context
    const { caller, access } = principal
    const granter = await this.#granter(principal)
    const { tenantId } = caller
    const projectId = asked.project ?? caller.projectId
    await this.#requireProject(principal, projectId)
    const role = asked.role ?? (roleCovers(access.role, 'user') ? 'user' : access.role)
    const settings = settingsOf(asked, clock.now())
    requireGrantable(granter, { ...settings, role })
    await this.#requireModels({ ...caller, projectId: projectId as ProjectId }, settings.models)
    await this.#requireRoom(principal)
    const { id, key, prefix, credentialHash } = mintKey()
    const { models = granter.models, expiresAt = granter.expiresAt, limits } = settings
    const policy: KeyPolicy = {
      role,
      platform: false,
      scopes: settings.scopes === undefined ? access.scopes : settings.scopes,
      ipAllow: settings.ipAllow === undefined ? access.ipAllow : settings.ipAllow,
      maxBodyBytes:
        settings.maxBodyBytes === undefined ? access.maxBodyBytes : settings.maxBodyBytes,
      limits: limitsWith(limits),
    }
    const stored = {
      caller: {
        tenantId,
        projectId: projectId as ProjectId,
        keyId: id as KeyId,
        userId: caller.userId,
        keyName: asked.name,
        models: models === null ? null : [...models],
      },
      credentialHash,
      prefix,
      origin: 'api' as const,
      policy,
      madeBy: granter.madeBy,
      createdAt: clock.now(),
      expiresAt,
    }
    const change = await store.saveKey(stored)
    if (change) onChanged(change, tenantId)
    return { id, key, view: tokenView({ ...stored, revokedAt: null, lastUsedAt: null }) }
  }

  async list(
    principal: Principal,
    query: {
      readonly limit: number
      readonly after?: string | undefined
      readonly project?: string | undefined
      readonly made_by?: string | undefined
    },
  ) {
    const { store } = this.#context
    const { caller, access } = principal
    const ofCaller = await this.#visibleProjects(principal)
    const { project, made_by: madeBy = null } = query
    const projects =
      project === undefined ? ofCaller : [project].filter((id) => ofCaller?.includes(id) ?? true)
    const sees = isTenantWide(access.role) || access.role === 'project_admin'
    const userId = isSession(caller) ? caller.userId : null
    const ownedBy = sees ? null : { userId, keyId: caller.keyId }
    return listOf(
      query,
      (page) => store.listKeys(caller.tenantId, { projects, ownedBy, madeBy }, page),
      tokenView,
    )
  }

  async read(principal: Principal, id: string): Promise<TokenView> {
    return tokenView(await this.#visible(principal, id))
  }

  async update(
    principal: Principal,
    id: string,
    asked: TokenSettings,
  ): Promise<{ readonly before: TokenView; readonly after: TokenView }> {
    const { store, clock, onChanged } = this.#context
    const key = await this.#editable(principal, id)
    if (key.revokedAt !== null)
      throw new GatewayError(authErrors.not_editable, 'The key was revoked: make another')
    const settings = settingsOf(asked, clock.now())
    requireGrantable(await this.#granter(principal), settings)
    const { caller, policy } = key
    await this.#requireModels(caller, settings.models)
    const { tenantId } = caller
    const { models = caller.models, expiresAt = key.expiresAt } = settings
    const changed = {
      keyName: asked.name ?? caller.keyName,
      models,
      expiresAt,
      policy: {
        ...policy,
        scopes: settings.scopes === undefined ? policy.scopes : settings.scopes,
        ipAllow: settings.ipAllow === undefined ? policy.ipAllow : settings.ipAllow,
        maxBodyBytes:
          settings.maxBodyBytes === undefined ? policy.maxBodyBytes : settings.maxBodyBytes,
        limits: { ...policy.limits, ...settings.limits },
      },
    }
    const change = await store.changeKey(tenantId, id, changed, clock.now())
    if (change) onChanged(change, tenantId)
    return { before: tokenView(key), after: tokenView(await this.#visible(principal, id)) }
  }

  /**
   * Refused everywhere within seconds. Again is the same, and takes what was made with it meanwhile. Nothing is revoked unless all of it may be.
   */
  async revoke(
    principal: Principal,
    id: string,
    { withMade = false }: { readonly withMade?: boolean } = {},
  ): Promise<{ id: string; revoked_at: string; made: string[] }> {
    const { store, clock, onChanged } = this.#context
    const key = await this.#editable(principal, id)
    const { tenantId } = key.caller
    const made = withMade ? await this.#madeWith(key) : []
    for (const each of made) await this.#requireManageable(principal, each)
    const leaving = [key, ...made]
    const at = clock.now()
    const changes = await store.revokeKeys(
      tenantId,
      leaving.map(({ caller }) => caller.keyId),
      at,
      { keepOwner: !principal.access.platform && (await this.#needsOwnerKey(leaving)) },
    )
    if (changes === 'last_owner') throw lastOwner()
    for (const change of changes) onChanged(change, tenantId)
    return {
      id,
      revoked_at: timeOf(key.revokedAt ?? at),
      made: made.map(({ caller }) => caller.keyId),
    }
  }

  /** The live keys that were made with this one, with those, and so on. */
  async #madeWith({ caller: { tenantId, keyId } }: StoredKey): Promise<readonly StoredKey[]> {
    const found: StoredKey[] = []
    const makers: string[] = [keyId]
    for (const madeBy of makers) {
      const made = await allKeys(this.#context.store, tenantId, { ...anyKey, madeBy })
      makers.push(...made.map(({ caller }) => caller.keyId))
      // Revoked ones may have made others while they lived.
      found.push(...made.filter(({ revokedAt }) => revokedAt === null))
    }
    return found
  }

  /** Whether the tenant could not be managed by anybody in it any more without another key of an owner. */
  async #needsOwnerKey(leaving: readonly StoredKey[]): Promise<boolean> {
    const owners = leaving.filter(
      ({ policy, revokedAt }) => policy.role === 'owner' && revokedAt === null,
    )
    const [first] = owners
    const { accounts } = this.#context
    return first !== undefined && !(accounts && (await hasOwner(accounts, first.caller.tenantId)))
  }

  async #granter(principal: Principal): Promise<Granter & { readonly madeBy: string | null }> {
    const { tenantId, keyId } = principal.caller
    // A session has no key of its own: nothing but its role limits it.
    const key = await this.#context.store.findKeyById(tenantId, keyId)
    const { models = null } = key?.caller ?? {}
    return { ...principal, models, expiresAt: key?.expiresAt ?? null, madeBy: key ? keyId : null }
  }

  /** A key has what both it and its project (or a group of its owner) allow: where that is nothing, it could call nothing. */
  async #requireModels(caller: Caller, models: Globs | undefined): Promise<void> {
    const standing = models ? await this.#context.store.standing(caller, null) : null
    const within = standing && modelsOf(standing)
    if (!models || !within || intersectGlobs(models, within)?.length !== 0) return
    const of = within.length === 0 ? 'none' : `${within.join(', ')} alone`
    const message = `models: the project ${caller.projectId} allows ${of}, so this key could use no model`
    throw new GatewayError(managementErrors.invalid_request, message, { param: 'models' })
  }

  /** Whoever counts against a budget knows all who share it. */
  async #requireRoom({ caller }: Principal): Promise<void> {
    const standing = await this.#context.store.standing(caller, caller.keyId)
    const sizes = Object.values(standing?.families ?? {}).map(({ length }) => length)
    if (Math.max(0, ...sizes) < maxFamily) return
    const message = `${String(maxFamily)} keys share the budget of this one: make others with another`
    throw new GatewayError(authErrors.limit_reached, message)
  }

  /** Whether there is such a project is told only to those who may know of every one of the tenant. */
  async #requireProject(principal: Principal, id: string): Promise<void> {
    const { caller, access } = principal
    const project = await this.#context.store.projects.find(caller.tenantId, id)
    const open = project?.disabledAt === null ? project : null
    if (isTenantWide(access.role)) return void found(open, 'project', 'project')
    if (open && (await projectsOf(this.#context, principal)).includes(id)) return
    const message = 'project: the caller does not belong to it'
    throw new GatewayError(managementErrors.permission_denied, message, { param: 'project' })
  }

  /** Null = all of the tenant. */
  async #visibleProjects(principal: Principal): Promise<readonly string[] | null> {
    return principal.access.role === 'project_admin' ? projectsOf(this.#context, principal) : null
  }

  async #visible(principal: Principal, id: string): Promise<StoredKey> {
    const { caller, access } = principal
    const key = found(await this.#context.store.findKeyById(caller.tenantId, id), 'token')
    if (isTenantWide(access.role) || isInHandsOf(caller, key)) return key
    const projects = access.role === 'project_admin' ? await this.#visibleProjects(principal) : []
    return found(projects?.includes(key.caller.projectId) ? key : null, 'token')
  }

  async #editable(principal: Principal, id: string): Promise<StoredKey> {
    const key = await this.#visible(principal, id)
    if (key.origin !== 'api') {
      const where = key.origin === 'file' ? 'the configuration file' : 'AUTH_TOKEN'
      throw new GatewayError(authErrors.not_editable, `This key is changed in ${where}`)
    }
    await this.#requireManageable(principal, key)
    return key
  }

  /** Itself, and for somebody signed in what is theirs. Of all others only those that may no more than it does. */
  async #requireManageable(principal: Principal, key: StoredKey): Promise<void> {
    const { caller } = principal
    const isItself = key.caller.keyId === caller.keyId
    if (isItself || (isSession(caller) && key.caller.userId === caller.userId)) return
    requireGrantable(await this.#granter(principal), grantOf(key), 'This key may more than yours')
  }
}

function lastOwner(): GatewayError {
  return new GatewayError(
    accountErrors.last_owner,
    'This is the last key of an owner, and the tenant has no account of one: make another first (POST /v1/tokens with "role": "owner"), or have it revoked by who runs the gateway',
  )
}

/** The key itself and those made with it; for somebody signed in all of theirs, of which none stands in for its person. */
function isInHandsOf(by: Caller, { caller, madeBy }: StoredKey): boolean {
  const isTheirs = isSession(by) && caller.userId === by.userId
  return caller.keyId === by.keyId || madeBy === by.keyId || isTheirs
}

/** What it may do; neither how much of it nor until when. */
function grantOf({ caller, policy }: StoredKey): Grant {
  const { role, scopes, ipAllow, maxBodyBytes } = policy
  return { role, scopes, models: caller.models, ipAllow, maxBodyBytes }
}

const anyKey: KeyFilter = { projects: null, ownedBy: null }
