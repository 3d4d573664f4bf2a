import { wholeList } from '@sluice/contracts/http/paging'
import { timeOf, timeOrNull } from '@sluice/contracts/http/shapes'
import {
  applyTier,
  listTiers,
  listUserLicences,
  pasteLicence,
  putTier,
  putUserLicence,
  readLicence,
  removeUserLicence,
  type TierView,
  type UserLicenceView,
} from '@sluice/contracts/http/routes/licences'
import { GatewayError } from '@sluice/kernel/errors'
import { type Handled, handle } from '@sluice/management'
import type { ContainerSize, Tier, UserLicence } from '@sluice/store/tenancy'
import { effectiveLicence, featuresOf, ladderProblems } from '../access/licence.ts'
import { authErrors } from '../errors.ts'
import { applyLicence } from '../licences/apply-licence.ts'
import { added, found, listOf, type ManageContext } from './context.ts'
import { requireKnownFlags } from './known-flags.ts'
import { toMs } from './values.ts'

const pageSize = 100

export function licenceHandlers(context: ManageContext): readonly Handled[] {
  const { store, accounts, clock, onChanged, onRevision } = context

  const requireTier = async (name: string, param?: string) =>
    found(
      (await store.listTiers()).find((tier) => tier.name === name) ?? null,
      'licence tier',
      param,
    )

  return [
    handle(readLicence, async ({ principal: { caller } }) => {
      const standing = found(await store.standing(caller, null), 'tenant')
      const licence = effectiveLicence(standing, clock.now())
      return {
        body: {
          tier: licence.tier,
          features: [...licence.features],
          limits: licence.limits.map(({ name, metric, window, max }) => {
            return { name, metric, window, max }
          }),
          projects: licence.projects,
          container: viewOfContainer(licence.container),
          expires_at: timeOrNull(licence.endsAt),
          signed: standing.tenant.licenceToken !== null,
        },
      }
    }),
    handle(pasteLicence, async ({ body }) => {
      const { tenantId, tier, expiresAt } = await applyLicence(context, body.token)
      const after = { tenant: tenantId, tier, expires_at: timeOf(expiresAt) }
      return { body: after, audit: { target: `licence:${tenantId}`, tenantId, after } }
    }),
    handle(listTiers, async () => {
      const tiers = await store.listTiers()
      const data = tiers.map((tier) => viewOfTier(tier, tiers))
      return { body: wholeList(data) }
    }),
    handle(putTier, async ({ params: { name }, body: { container, ...body } }) => {
      const { idle_minutes: idleMinutes, ...size } = container
      const tier: Tier = { ...body, name, container: { ...size, idleMinutes } }
      const known = await store.listTiers()
      const tiers = [...known.filter((each) => each.name !== name), tier]
      const problems = ladderProblems(tiers)
      if (problems.length > 0)
        throw new GatewayError(authErrors.tiers_not_monotone, problems.join('; '))
      const old = known.find((each) => each.name === name)
      await store.saveTier(tier, clock.now())
      onRevision()
      const after = viewOfTier(tier, tiers)
      const before = old && viewOfTier(old, known)
      return { body: after, audit: { target: `tier:${name}`, before, after } }
    }),
    handle(applyTier, async ({ params: { name } }) => {
      const tier = await requireTier(name)
      const users = await reapply(tier)
      return { body: { users }, audit: { target: `tier:${name}`, after: { users } } }
    }),
    handle(listUserLicences, async ({ principal: { caller }, query }) => ({
      body: await listOf(query, (page) => store.licences.list(caller.tenantId, page), viewOfUser),
    })),
    handle(putUserLicence, async ({ principal: { caller }, params: { user }, body }) => {
      const { tenantId } = caller
      await requireTier(body.tier, 'tier')
      if (body.features) requireKnownFlags(body.features, await store.listTiers())
      if (accounts) found(await accounts.find(tenantId, user), 'user')
      const now = clock.now()
      const settings = {
        email: body.email ?? null,
        tier: body.tier,
        features: body.features ?? null,
        resourceLimits: body.container ? sizeOf(body.container) : null,
        expiresAt: body.expires_at == null ? null : toMs(body.expires_at),
        updatedAt: now,
      }
      const before = await store.licences.find(tenantId, user)
      const change = before
        ? await store.licences.change(tenantId, user, settings, now)
        : added(
            await store.licences.add({
              ...settings,
              tenantId,
              id: user,
              mcpServerUrl: null,
              createdAt: now,
            }),
            'licence',
          )
      if (change) onChanged(change, tenantId)
      const after = viewOfUser(found(await store.licences.find(tenantId, user), 'licence'))
      const audit = {
        target: `licence:${user}`,
        ...(before ? { before: viewOfUser(before) } : {}),
        after,
      }
      return { body: after, audit }
    }),
    handle(removeUserLicence, async ({ principal: { caller }, params: { user } }) => {
      const { tenantId } = caller
      const before = found(await store.licences.find(tenantId, user), 'licence')
      const change = await store.licences.remove(tenantId, user, clock.now())
      if (change) onChanged(change, tenantId)
      return { body: null, audit: { target: `licence:${user}`, before: viewOfUser(before) } }
    }),
  ]

  /** Page by page through all tenants; a licence that is given meanwhile is of the tier as it is now anyway. */
  async function reapply(tier: Tier): Promise<number> {
    let users = 0
    const features = featuresOf(tier, await store.listTiers())
    for (let tenant: string | null = null; ;) {
      const tenants = await store.tenants.list(null, { limit: pageSize, after: tenant })
      for (const { id } of tenants) users += await reapplyIn(id, tier, features)
      tenant = tenants.at(-1)?.id ?? null
      if (tenants.length < pageSize) return users
    }
  }

  async function reapplyIn(
    tenantId: string,
    tier: Tier,
    features: readonly string[],
  ): Promise<number> {
    let users = 0
    for (let user: string | null = null; ;) {
      const rows: readonly UserLicence[] = await store.licences.list(tenantId, {
        limit: pageSize,
        after: user,
      })
      for (const { id } of rows.filter((row) => row.tier === tier.name)) {
        const now = clock.now()
        const changes = { features, resourceLimits: tier.container, updatedAt: now }
        const change = await store.licences.change(tenantId, id, changes, now)
        if (change) onChanged(change, tenantId)
        users += 1
      }
      user = rows.at(-1)?.id ?? null
      if (rows.length < pageSize) return users
    }
  }
}

function viewOfTier(tier: Tier, tiers: readonly Tier[]): TierView {
  const { name, rank, features, limits, projects, container, weight } = tier
  return {
    name,
    rank,
    projects,
    weight,
    features: [...features],
    limits: limits.map((limit) => ({ ...limit })),
    container: viewOfContainer(container),
    all_features: [...featuresOf(tier, tiers)],
  }
}

function viewOfContainer({ memory, cpu, disk, idleMinutes }: ContainerSize) {
  return { memory, cpu, disk, idle_minutes: idleMinutes }
}

function sizeOf(container: NonNullable<UserLicenceView['container']>): ContainerSize {
  const { idle_minutes: idleMinutes, ...size } = container
  return { ...size, idleMinutes }
}

function viewOfUser(licence: UserLicence): UserLicenceView {
  return {
    id: licence.id,
    tier: licence.tier,
    email: licence.email,
    features: licence.features && [...licence.features],
    container: licence.resourceLimits && viewOfContainer(licence.resourceLimits),
    mcp_server_url: licence.mcpServerUrl,
    expires_at: timeOrNull(licence.expiresAt),
    created_at: timeOf(licence.createdAt),
    updated_at: timeOf(licence.updatedAt),
  }
}
