import { timeOf } from '@sluice/contracts/http/shapes'
import { catalogueFor, type Provider, providerId } from '@sluice/catalogue/catalogue'
import type { ProviderView } from '@sluice/contracts/http/routes/providers'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { StoredProvider } from '@sluice/contracts/rows/stored-rows'
import type { ManageContext } from './context.ts'
import { isFixed } from './whose.ts'

type ViewContext = Pick<ManageContext, 'catalogue' | 'standings' | 'stored'>

/** All that a tenant can call, and what of it is switched off. */
export function providerViews(principal: Principal, context: ViewContext): ProviderView[] {
  const { tenantId } = principal.caller
  const stored = context.stored.known?.value.providers ?? []
  const fixed = [...catalogueFor(context.catalogue.current, tenantId).providers.values()].filter(
    isFixed,
  )
  const names = new Set(fixed.map(({ name }) => name))
  const own = stored.filter(
    ({ tenant, row }) => (tenant === null || tenant === tenantId) && !names.has(row.name),
  )
  return [
    ...own.map((provider) => storedView(provider, principal, context)),
    ...fixed.map((provider) => fixedView(provider, principal, context)),
  ].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

export function storedView(
  provider: StoredProvider,
  principal: Principal,
  context: ViewContext,
): ProviderView {
  const { tenant, row, auth, leaseEndsAt, updatedAt } = provider
  const { name, wire, base_url, enabled = true, ...settings } = row
  const view = {
    name,
    wire,
    origin: leaseEndsAt === null ? ('database' as const) : ('registry' as const),
    read_only: leaseEndsAt !== null || (tenant === null && !principal.access.platform),
    shared: tenant === null,
    enabled,
    models: modelsOf(name, principal, context),
    ...(leaseEndsAt === null ? {} : { lease_ends_at: timeOf(leaseEndsAt) }),
    updated_at: timeOf(updatedAt),
    health: context.standings.of(providerId({ tenant, name })),
  }
  // Where the others' is, and how much of its credential, is not everybody's to know.
  if (tenant === null && !principal.access.platform)
    return { ...view, auth: { type: auth?.masked['type'] ?? 'none' } }
  return { ...view, base_url, settings, auth: auth?.masked ?? { type: 'none' } }
}

/** One of the file, the environment or the demo: its credential is shown where it is written. */
export function fixedView(
  provider: Provider,
  principal: Principal,
  context: ViewContext,
): ProviderView {
  const { name, wire, origin, auth, baseUrl } = provider
  return {
    name,
    wire,
    origin,
    read_only: true,
    shared: true,
    enabled: true,
    ...(principal.access.platform ? { base_url: baseUrl } : {}),
    auth: { type: auth.type === 'header' ? auth.header : auth.type },
    models: modelsOf(name, principal, context),
    health: context.standings.of(providerId(provider)),
  }
}

function modelsOf(provider: string, { caller }: Principal, { catalogue }: ViewContext): string[] {
  const { models } = catalogueFor(catalogue.current, caller.tenantId)
  return [...models.values()].filter((model) => model.provider === provider).map(({ name }) => name)
}
