import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { AccountStore } from '@sluice/store/account-store'
import type { AuthStore } from '@sluice/store/auth-store'
import { authErrors } from '../errors.ts'

/** What the management of tenants, projects and keys may touch. */
export interface ManageContext {
  readonly store: AuthStore
  /** Null: nobody has an account here. */
  readonly accounts: Pick<AccountStore, 'find' | 'list'> | null
  readonly clock: Clock
  /** Tells every process what was changed. */
  readonly onChanged: (change: IdentityChange, tenant: string) => void
  /** Something changed that names no single thing: a tier, a membership. */
  readonly onRevision: () => void
  /** PEM file with the public key of whoever issues licences; null = none is taken. */
  readonly licenceKeyPath: string | null
}

/** What has to be there; `param` is the member of the request that names it, where it is not the path. */
export function found<Value>(value: Value | null, what: string, param?: string): Value {
  if (value === null) {
    const at = param === undefined ? {} : { param }
    throw new GatewayError(authErrors.resource_not_found, `There is no such ${what}`, at)
  }
  return value
}

/** What an `add` of a collection came to. */
export function added(result: IdentityChange | 'exists' | 'full', what: string): IdentityChange {
  if (result === 'exists')
    throw new GatewayError(authErrors.already_exists, `There is a ${what} of this id already`)
  if (result === 'full')
    throw new GatewayError(authErrors.limit_reached, `There is no room for another ${what}`)
  return result
}

export interface List<Item> {
  readonly object: 'list'
  readonly data: Item[]
  readonly has_more: boolean
  readonly last_id: string | null
}

/** One page; `read` is asked for one more than that, to know whether it is the last. */
export async function listOf<Row, Item extends { readonly id: string }>(
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  read: (page: { limit: number; after: string | null }) => Promise<readonly Row[]>,
  view: (row: Row) => Item,
): Promise<List<Item>> {
  const rows = await read({ limit: limit + 1, after: after ?? null })
  const data = rows.slice(0, limit).map(view)
  const last_id = data.at(-1)?.id ?? null
  return { object: 'list', data, has_more: rows.length > limit, last_id }
}
