import { noStoredRows, StoredRows } from '@sluice/contracts/rows/stored-rows'
import { applyRowChanges } from './apply-row-changes.ts'
import { MemoryOutbox } from './memory-outbox.ts'
import type { OutboxBatch } from './outbox.ts'
import type { EndedLeases, ProviderStore, Revised, RowChange } from './provider-store.ts'

/** For tests and simulation: lives as long as the process. */
export function createMemoryProviderStore(): ProviderStore {
  return new MemoryProviderStore()
}

class MemoryProviderStore implements ProviderStore {
  readonly outbox = new MemoryOutbox()
  #revision = 0
  #rows: StoredRows = noStoredRows

  async read(): Promise<Revised<StoredRows>> {
    return { revision: this.#revision, value: copy(this.#rows) }
  }

  async revision(): Promise<number> {
    return this.#revision
  }

  async write(
    changes: readonly RowChange[],
    revision: number,
    facts: readonly OutboxBatch[] = [],
  ): Promise<number | null> {
    if (revision !== this.#revision) return null
    this.outbox.add(facts)
    this.#rows = copy(applyRowChanges(this.#rows, changes))
    return (this.#revision += 1)
  }

  async renewLease(tenant: string | null, name: string, endsAt: number): Promise<boolean> {
    const found = this.#leased().find((each) => each.tenant === tenant && each.row.name === name)
    if (!found) return false
    const row = { ...found, leaseEndsAt: endsAt }
    this.#rows = applyRowChanges(this.#rows, [{ put: 'provider', row }])
    return true
  }

  async endLeases(
    now: number,
    facts?: (removed: EndedLeases['removed'], revision: number) => readonly OutboxBatch[],
  ): Promise<EndedLeases> {
    const removed = this.#leased()
      .filter(({ leaseEndsAt }) => leaseEndsAt <= now)
      .map(({ tenant, row }) => ({ tenant, name: row.name }))
    const changes = removed.map((each) => ({ remove: 'provider', ...each }) as const)
    this.#rows = applyRowChanges(this.#rows, changes)
    if (removed.length > 0) {
      this.#revision += 1
      this.outbox.add(facts?.(removed, this.#revision) ?? [])
    }
    const ends = this.#leased().map(({ leaseEndsAt }) => leaseEndsAt)
    return { removed, nextEndsAt: ends.length === 0 ? null : Math.min(...ends) }
  }

  #leased() {
    return this.#rows.providers.flatMap((provider) =>
      provider.leaseEndsAt === null ? [] : [{ ...provider, leaseEndsAt: provider.leaseEndsAt }],
    )
  }
}

/** Serialised like a database does it: what a caller changes later is not changed here. */
function copy(rows: StoredRows): StoredRows {
  return StoredRows.parse(JSON.parse(JSON.stringify(rows)))
}
