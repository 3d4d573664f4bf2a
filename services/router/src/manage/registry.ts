import { wholeList } from '@sluice/contracts/http/paging'
import { timeOf } from '@sluice/contracts/http/shapes'
import { isDeepStrictEqual } from 'node:util'
import * as routes from '@sluice/contracts/http/routes/registry'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { StoredModel, StoredProvider, StoredRows } from '@sluice/contracts/rows/stored-rows'
import { handle, type Handled } from '@sluice/management'
import type { RowChange } from '@sluice/store/provider-store'
import type { ManageContext } from './context.ts'
import { checkModel, requireFreeName } from './models.ts'
import { checkProvider, requireFreeProvider } from './provider-edits.ts'
import { notFound, ownerOf, requirePlatform, requireRoom, visible } from './whose.ts'

/** `/v1/registry`: providers that say themselves that they are there, as long as they say so. */
export function registryHandlers(context: ManageContext): Handled[] {
  const { stored, clock, leases } = context
  return [
    handle(routes.listRegistry, async ({ principal }) => {
      // Not from memory: renewals are only in the database.
      const { value: rows } = await (await stored.store()).read()
      const { tenantId } = principal.caller
      const data = rows.providers.flatMap((provider) => {
        const isSeen =
          provider.tenant === null ? principal.access.platform : provider.tenant === tenantId
        return isSeen && provider.leaseEndsAt !== null ? [viewOf(provider, rows)] : []
      })
      return { body: wholeList(data) }
    }),
    handle(routes.register, async ({ principal, params: { name }, body }) => {
      const endsAt = clock.now() + body.lease_s * 1_000
      const made = await stored.change((rows) =>
        registered(rows, name, { ...body, endsAt }, principal, context),
      )
      // A renewal changes nothing but the time, and so no revision: nobody has to read anything anew.
      if (made.isRenewal) {
        const store = await stored.store()
        if (!(await store.renewLease(made.provider.tenant, name, endsAt))) throw notFound()
      }
      leases.noteLease(body.lease_s * 1_000)
      const provider = { ...made.provider, leaseEndsAt: endsAt }
      const view = viewOf(provider, { models: made.models })
      const audit = made.isRenewal ? {} : { audit: { target: `registry:${name}`, after: view } }
      return { body: view, ...audit }
    }),
    handle(routes.deregister, async ({ principal, params: { name } }) => {
      const before = await stored.change((rows) => {
        const found = leased(rows, name, principal)
        if (!found) throw notFound()
        if (found.tenant === null) requirePlatform(principal)
        const { tenant } = found
        return { changes: [{ remove: 'provider', tenant, name }], result: viewOf(found, rows) }
      })
      return { body: null, audit: { target: `registry:${name}`, before } }
    }),
  ]
}

function leased(rows: StoredRows, name: string, principal: Principal): StoredProvider | undefined {
  return visible(
    rows.providers,
    principal,
    ({ row, leaseEndsAt }) => row.name === name && leaseEndsAt !== null,
  )
}

/** The rows that a backend stands for; no changes where it only renews. */
function registered(
  rows: StoredRows,
  name: string,
  body: routes.Registration & { readonly endsAt: number },
  principal: Principal,
  context: ManageContext,
) {
  const { wire, also_speaks, base_url, capacity, shared, endsAt } = body
  const known = leased(rows, name, principal)
  const tenant = known ? known.tenant : ownerOf(principal, shared)
  if (tenant === null) requirePlatform(principal)
  const before = rows.models.filter(
    (model) => model.tenant === tenant && known && model.row.provider === name,
  )
  const row = {
    name,
    wire,
    base_url,
    ...(also_speaks === undefined ? {} : { also_speaks }),
    ...(capacity === undefined ? {} : { max_concurrent: capacity }),
  }
  const updatedAt = context.clock.now()
  const models: StoredModel[] = body.models.map((model) => ({
    tenant,
    row: { ...model, provider: name },
    updatedAt,
  }))
  const provider: StoredProvider = { tenant, row, auth: null, leaseEndsAt: endsAt, updatedAt }
  const isSame = (one: readonly StoredModel[], other: readonly StoredModel[]) =>
    isDeepStrictEqual(plain(one), plain(other))
  if (
    known &&
    isDeepStrictEqual(JSON.parse(JSON.stringify(known.row)), row) &&
    isSame(before, models)
  )
    return { changes: [], result: { isRenewal: true, provider: known, models } }

  if (!known) {
    requireFreeProvider(rows, name, tenant, principal, context)
    requireRoom(rows, 'providers', tenant)
  }
  checkProvider(row, undefined, tenant, context)
  const own = new Set(before.map((model) => model.row.name))
  for (const model of models) {
    if (!own.has(model.row.name)) requireFreeName(rows, model.row.name, principal, context)
    checkModel(rows, model.row, principal, context)
  }
  const changes: RowChange[] = [
    { remove: 'provider', tenant, name },
    { put: 'provider', row: provider },
    ...models.map((model) => ({ put: 'model', row: model }) as const),
  ]
  return { changes, result: { isRenewal: false, provider, models } }
}

function plain(models: readonly StoredModel[]): unknown {
  const rows = models.map(({ row }) => row).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return JSON.parse(JSON.stringify(rows))
}

function viewOf(
  { tenant, row, leaseEndsAt }: StoredProvider,
  { models: all }: Pick<StoredRows, 'models'>,
) {
  const models = all.filter((model) => model.tenant === tenant && model.row.provider === row.name)
  return {
    name: row.name,
    wire: row.wire,
    base_url: row.base_url,
    models: models.map((model) => model.row.name),
    capacity: row.max_concurrent ?? null,
    shared: tenant === null,
    lease_ends_at: timeOf(leaseEndsAt ?? 0),
  }
}
