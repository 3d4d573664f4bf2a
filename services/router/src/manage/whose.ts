import { catalogueFor, type Provider } from '@sluice/catalogue/catalogue'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { StoredProvider, StoredRows } from '@sluice/contracts/rows/stored-rows'
import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from '@sluice/management/errors'
import { routerErrors } from '../errors.ts'
import type { ManageContext } from './context.ts'

/** Whose a new row is: everybody's (null) takes the platform right. */
export function ownerOf(principal: Principal, shared?: boolean): string | null {
  const { platform } = principal.access
  if (shared ?? platform) {
    requirePlatform(principal)
    return null
  }
  return principal.caller.tenantId
}

export function requirePlatform({ access }: Principal): void {
  if (access.platform) return
  const message = 'It is everybody’s: only who stands above tenants may change it'
  throw new GatewayError(managementErrors.permission_denied, message)
}

/** A provider of the database that this principal may change: its own tenant's, else everybody's. */
export function changeableProvider(
  rows: StoredRows,
  name: string,
  principal: Principal,
  context: Pick<ManageContext, 'catalogue'>,
): StoredProvider {
  const found = visible(rows.providers, principal, (provider) => provider.row.name === name)
  if (!found) {
    if (fixedProvider(name, principal, context)) throw readOnly()
    throw notFound()
  }
  if (found.tenant === null) requirePlatform(principal)
  if (found.leaseEndsAt !== null) {
    const message = 'The backend registered itself: it is changed, or removed, under /v1/registry'
    throw new GatewayError(routerErrors.row_read_only, message)
  }
  return found
}

/** Own rows go before everybody's; another tenant's are not there. */
export function visible<Row extends { readonly tenant: string | null }>(
  rows: readonly Row[],
  { caller }: Principal,
  matches: (row: Row) => boolean,
): Row | undefined {
  const found = rows.filter(
    (row) => (row.tenant === null || row.tenant === caller.tenantId) && matches(row),
  )
  return found.find(({ tenant }) => tenant !== null) ?? found[0]
}

/** A provider that comes from elsewhere than the database. */
export function fixedProvider(
  name: string,
  { caller }: Principal,
  { catalogue }: Pick<ManageContext, 'catalogue'>,
): Provider | null {
  const found = catalogueFor(catalogue.current, caller.tenantId).providers.get(name)
  return found && isFixed(found) ? found : null
}

export function isFixed({ origin }: Provider): boolean {
  return origin !== 'database' && origin !== 'registry'
}

export function notFound(): GatewayError {
  return new GatewayError(routerErrors.row_not_found)
}

export function readOnly(): GatewayError {
  const message = `${routerErrors.row_read_only.title}: change it there`
  return new GatewayError(routerErrors.row_read_only, message)
}

export function taken(name: string): GatewayError {
  const message = `The name ${name} is taken`
  return new GatewayError(routerErrors.name_taken, message, { param: 'name' })
}

/** So that what one tenant keeps stays a small part of what every process holds. */
const maxRows = { providers: 200, models: 2_000, aliases: 2_000 } as const

export function requireRoom(
  rows: StoredRows,
  table: keyof typeof maxRows,
  tenant: string | null,
): void {
  const own = rows[table].filter((row: { tenant: string | null }) => row.tenant === tenant)
  if (own.length < maxRows[table]) return
  const message = `There may be ${String(maxRows[table])} ${table}, and so many are there`
  throw new GatewayError(routerErrors.too_many_rows, message)
}
