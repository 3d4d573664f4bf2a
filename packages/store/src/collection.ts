import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Page } from './tenancy.ts'

/** Named by tenant and id; ids of one tenant are unique in their collection. */
export interface CollectionRow {
  readonly tenantId: string
  readonly id: string
  /** Unix ms. */
  readonly createdAt: number
}

/**
 * Rows of one kind, each of one tenant. Every write that changes something raises the identity revision in the same step and returns the change, which
 * names the tenant: whatever was decided about its callers is in doubt.
 */
export interface Collection<Row extends CollectionRow> {
  find(tenantId: string, id: string): Promise<Row | null>
  /** In order of their ids, from beyond `after`. Tenant null = of all tenants. */
  list(tenantId: string | null, page: Page): Promise<readonly Row[]>
  /**
   * `exists`: there is one of this id. `full`: the tenant has `max` of them already (those with `disabledAt` do not count), however many are added at once.
   * Throws when the tenant is missing.
   */
  add(row: Row, max?: number | null): Promise<IdentityChange | 'exists' | 'full'>
  /** Null when there is no such row or it is as wanted already. */
  change(
    tenantId: string,
    id: string,
    changes: Partial<Omit<Row, keyof CollectionRow>>,
    at: number,
  ): Promise<IdentityChange | null>
  /** Null when there is no such row. */
  remove(tenantId: string, id: string, at: number): Promise<IdentityChange | null>
}
