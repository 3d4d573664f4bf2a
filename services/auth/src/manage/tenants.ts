import { timeOf, timeOrNull } from '@sluice/contracts/http/shapes'
import type { NewTenant, TenantChanges, TenantView } from '@sluice/contracts/http/routes/tenants'
import {
  createTenant,
  listTenants,
  readTenant,
  updateTenant,
} from '@sluice/contracts/http/routes/tenants'
import { Caller } from '@sluice/contracts/caller'
import { GatewayError } from '@sluice/kernel/errors'
import { type Handled, handle } from '@sluice/management'
import { ownerPolicy, type Tenant } from '@sluice/store/tenancy'
import { authErrors } from '../errors.ts'
import { mintKey } from '../keys/mint-key.ts'
import { added, found, listOf, type ManageContext } from './context.ts'
import { requireKnownFlags } from './known-flags.ts'
import { toMs } from './values.ts'

/** Tenants as whoever stands above them manages them: over HTTP and by the command line. */
export class Tenants {
  readonly #context: ManageContext

  constructor(context: ManageContext) {
    this.#context = context
  }

  /** With a project and a key of its owner, the only time that this is seen. */
  async create({
    id,
    name,
    tier,
    features,
    licence_expires_at: ends,
  }: NewTenant): Promise<{ view: TenantView; keyId: string; key: string }> {
    const { store, clock, onChanged } = this.#context
    await this.#requireLicence({ tier, features })
    const tenant: Tenant = {
      tenantId: id,
      id,
      name: name ?? id,
      status: 'active',
      tier,
      features: features ?? null,
      licenceExpiresAt: ends == null ? null : toMs(ends),
      licenceToken: null,
      createdAt: clock.now(),
    }
    onChanged(added(await store.tenants.add(tenant), 'tenant'), id)
    await store.ensureProject(id, 'default', clock.now())
    const { id: keyId, key, prefix, credentialHash } = mintKey()
    const caller = Caller.parse({
      tenantId: id,
      projectId: 'default',
      keyId,
      keyName: 'owner',
      models: null,
    })
    const change = await store.saveKey({
      caller,
      credentialHash,
      prefix,
      origin: 'api',
      policy: ownerPolicy,
      madeBy: null,
      createdAt: clock.now(),
      expiresAt: null,
    })
    if (change) onChanged(change, id)
    return { view: viewOf(tenant), keyId, key }
  }

  async list(query: { readonly limit: number; readonly after?: string | undefined }) {
    return listOf(query, (page) => this.#context.store.tenants.list(null, page), viewOf)
  }

  async read(id: string): Promise<TenantView> {
    return viewOf(await this.#find(id))
  }

  /** What is said of the licence takes the place of a signed one. */
  async update(
    id: string,
    { name, status, tier, features, licence_expires_at: ends }: TenantChanges,
  ): Promise<{ before: TenantView; after: TenantView }> {
    const { store, clock, onChanged } = this.#context
    const before = await this.#find(id)
    if (status === 'disabled' && id === 'default') {
      const message = 'The default tenant is that of AUTH_TOKEN and cannot be disabled'
      throw new GatewayError(authErrors.not_editable, message)
    }
    await this.#requireLicence({ tier, features })
    const isLicence = tier !== undefined || features !== undefined || ends !== undefined
    const changes = {
      ...(name === undefined ? {} : { name }),
      ...(status === undefined ? {} : { status }),
      ...(tier === undefined ? {} : { tier }),
      ...(features === undefined ? {} : { features }),
      ...(ends === undefined ? {} : { licenceExpiresAt: ends === null ? null : toMs(ends) }),
      ...(isLicence ? { licenceToken: null } : {}),
    }
    const change = await store.tenants.change(id, id, changes, clock.now())
    if (change) onChanged(change, id)
    return { before: viewOf(before), after: await this.read(id) }
  }

  async #find(id: string): Promise<Tenant> {
    return found(await this.#context.store.tenants.find(id, id), 'tenant')
  }

  async #requireLicence({ tier: name, features }: Pick<TenantChanges, 'tier' | 'features'>) {
    if (name === undefined && !features) return
    const tiers = await this.#context.store.listTiers()
    if (name !== undefined)
      found(tiers.find((tier) => tier.name === name) ?? null, 'licence tier', 'tier')
    if (features) requireKnownFlags(features, tiers)
  }
}

export function tenantHandlers(context: ManageContext): readonly Handled[] {
  const tenants = new Tenants(context)
  return [
    handle(createTenant, async ({ body }) => {
      const { view, keyId, key } = await tenants.create(body)
      const audit = { target: `tenant:${view.id}`, tenantId: view.id, after: view }
      return { body: { ...view, key_id: keyId, key }, audit }
    }),
    handle(listTenants, async ({ query }) => ({ body: await tenants.list(query) })),
    handle(readTenant, async ({ params }) => ({ body: await tenants.read(params.id) })),
    handle(updateTenant, async ({ params, body }) => {
      const { before, after } = await tenants.update(params.id, body)
      const audit = { target: `tenant:${params.id}`, tenantId: params.id, before, after }
      return { body: after, audit }
    }),
  ]
}

function viewOf(tenant: Tenant): TenantView {
  const { id, name, status, tier, features, licenceExpiresAt, licenceToken, createdAt } = tenant
  return {
    id,
    name,
    status,
    tier,
    features: features && [...features],
    licence_expires_at: timeOrNull(licenceExpiresAt),
    licence_signed: licenceToken !== null,
    created_at: timeOf(createdAt),
  }
}
