import { isDeepStrictEqual } from 'node:util'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Collection, CollectionRow } from './collection.ts'
import { copyOf } from './copy-of.ts'
import type { Page } from './tenancy.ts'

export type ReportChange = (
  row: Pick<CollectionRow, 'tenantId' | 'id'>,
  change: 'created' | 'changed' | 'deleted',
  at: number,
) => IdentityChange

export class MemoryCollection<Row extends CollectionRow> implements Collection<Row> {
  readonly #rows = new Map<string, Row>()
  readonly #changed: ReportChange
  readonly #requireTenant: (tenantId: string) => void
  readonly #removed: (tenantId: string, id: string) => void

  constructor(
    changed: ReportChange,
    requireTenant: (tenantId: string) => void,
    removed: (tenantId: string, id: string) => void = () => undefined,
  ) {
    this.#changed = changed
    this.#requireTenant = requireTenant
    this.#removed = removed
  }

  async find(tenantId: string, id: string): Promise<Row | null> {
    return copyOf(this.#rows.get(nameOf(tenantId, id)) ?? null)
  }

  async list(tenantId: string | null, page: Page): Promise<readonly Row[]> {
    return pageOf(this.of(tenantId), page)
  }

  async add(row: Row, max: number | null = null): Promise<IdentityChange | 'exists' | 'full'> {
    this.#requireTenant(row.tenantId)
    const name = nameOf(row.tenantId, row.id)
    if (this.#rows.has(name)) return 'exists'
    const live = this.of(row.tenantId).filter(isLive)
    if (max !== null && live.length >= max) return 'full'
    this.#rows.set(name, copyOf(row))
    return this.#changed(row, 'created', row.createdAt)
  }

  async change(
    tenantId: string,
    id: string,
    changes: Partial<Omit<Row, keyof CollectionRow>>,
    at: number,
  ): Promise<IdentityChange | null> {
    const name = nameOf(tenantId, id)
    const known = this.#rows.get(name)
    if (!known) return null
    const changed = copyOf({ ...known, ...changes })
    if (isDeepStrictEqual(changed, known)) return null
    this.#rows.set(name, changed)
    return this.#changed({ tenantId, id }, 'changed', at)
  }

  async remove(tenantId: string, id: string, at: number): Promise<IdentityChange | null> {
    if (!this.#rows.delete(nameOf(tenantId, id))) return null
    this.#removed(tenantId, id)
    return this.#changed({ tenantId, id }, 'deleted', at)
  }

  /** Those of one tenant, or all. */
  of(tenantId: string | null): readonly Row[] {
    return [...this.#rows.values()].filter((row) => tenantId === null || row.tenantId === tenantId)
  }
}

export function pageOf<Row extends { readonly id: string }>(
  rows: readonly Row[],
  { limit, after }: Page,
): readonly Row[] {
  const ordered = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return copyOf(ordered.filter(({ id }) => after === null || id > after).slice(0, limit))
}

function nameOf(tenantId: string, id: string): string {
  return JSON.stringify([tenantId, id])
}

function isLive(row: CollectionRow): boolean {
  return !('disabledAt' in row) || row.disabledAt === null
}
