import { lackingOptions } from '@sluice/catalogue/lacking-options'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { type ProviderAuthRow, ProviderRow } from '@sluice/contracts/rows/provider-row'
import type { StoredProvider, StoredRows } from '@sluice/contracts/rows/stored-rows'
import type { ManageContext } from './context.ts'
import { sealAuth } from './sealed-auth.ts'
import { changeableProvider, fixedProvider, ownerOf, requireRoom, taken, visible } from './whose.ts'
import { invalid, patched } from './written-row.ts'

type EditContext = Pick<ManageContext, 'catalogue' | 'box' | 'guard' | 'clock'>
type Row = StoredProvider['row']

export function newProvider(
  rows: StoredRows,
  { auth, ...row }: ProviderRow,
  owner: { readonly principal: Principal; readonly shared: boolean | undefined },
  context: EditContext,
): StoredProvider {
  const { principal } = owner
  const tenant = ownerOf(principal, owner.shared)
  requireFreeProvider(rows, row.name, tenant, principal, context)
  requireRoom(rows, 'providers', tenant)
  checkProvider(row, auth, tenant, context)
  const place = { tenant, name: row.name, baseUrl: row.base_url }
  return {
    tenant,
    row,
    auth: sealAuth(auth, place, context.box),
    leaseEndsAt: null,
    updatedAt: context.clock.now(),
  }
}

/** Of what the new owner sees, nobody has the name. */
export function requireFreeProvider(
  rows: StoredRows,
  name: string,
  tenant: string | null,
  principal: Principal,
  context: Pick<ManageContext, 'catalogue'>,
): void {
  const found = visible(rows.providers, principal, (provider) => provider.row.name === name)
  const isOther = found !== undefined && (found.tenant === null || found.tenant === tenant)
  if (isOther || fixedProvider(name, principal, context)) throw taken(name)
}

/**
 * `patch` may hold another credential. Whoever names another host must give it: a credential that is never shown must not be readable by sending it
 * somewhere else.
 */
export function changedProvider(
  rows: StoredRows,
  name: string,
  patch: Readonly<Record<string, unknown>> & { readonly auth?: ProviderAuthRow | null | undefined },
  principal: Principal,
  context: EditContext,
): { readonly before: StoredProvider; readonly after: StoredProvider } {
  const before = changeableProvider(rows, name, principal, context)
  const { auth, ...members } = patch
  const row: Row = patched(ProviderRow.omit({ auth: true }), before.row, members)
  const place = { tenant: before.tenant, name, baseUrl: row.base_url }
  const isMoved = new URL(row.base_url).origin !== new URL(before.row.base_url).origin
  if (isMoved && before.auth !== null && auth === undefined)
    throw invalid('another host takes the credential again: give auth, too', 'base_url')
  checkProvider(row, auth ?? undefined, before.tenant, context)
  const sealed = auth === undefined ? before.auth : sealAuth(auth ?? undefined, place, context.box)
  const after = { ...before, row, auth: sealed, updatedAt: context.clock.now() }
  return { before, after }
}

/** What a schema does not see. What a tenant writes must not lead into our network, nor to files or pools of ours. */
export function checkProvider(
  row: Row,
  auth: ProviderAuthRow | undefined,
  tenant: string | null,
  { guard }: Pick<ManageContext, 'guard'>,
): void {
  if (row.tls !== undefined) throw invalid('files are named in the configuration file only', 'tls')
  const [lack] = lackingOptions({ ...row, auth })
  if (lack !== undefined) throw invalid(lack, 'options')
  const { username, password } = new URL(row.base_url)
  if (username !== '' || password !== '') throw invalid('it holds a credential', 'base_url')
  if (tenant === null) return
  guard.check(row.base_url)
  if (row.pool !== undefined) throw invalid('pools are the operator’s', 'pool')
}
