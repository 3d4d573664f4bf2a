import type {
  StoredAlias,
  StoredModel,
  StoredProvider,
  StoredRows,
} from '@sluice/contracts/rows/stored-rows'
import type { Outbox, OutboxBatch } from './outbox.ts'

/**
 * Providers, models and aliases that were made over the API or registered themselves. Whoever changes something has checked it against everything
 * else: a change names the revision it was checked at, and nothing happens when that has passed.
 */
export interface ProviderStore {
  /** All rows of all tenants, and the revision they are of. */
  read(): Promise<Revised<StoredRows>>
  /** Grows with every change, by whichever process made it; the end of a lease is one, its renewal is not. */
  revision(): Promise<number>
  /**
   * All of the changes in one step. The new revision, or null when `revision` is not the current one: nothing was changed then. `facts` are
   * stored with them.
   */
  write(
    changes: readonly RowChange[],
    revision: number,
    facts?: readonly OutboxBatch[],
  ): Promise<number | null>
  /** False when there is no such lease any more. */
  renewLease(tenant: string | null, name: string, endsAt: number): Promise<boolean>
  /** Removes the providers whose lease was over at `now` (Unix ms), and their models. What `facts` makes of them is stored with that. */
  endLeases(
    now: number,
    facts?: (removed: EndedLeases['removed'], revision: number) => readonly OutboxBatch[],
  ): Promise<EndedLeases>
  readonly outbox: Outbox
}

export interface Revised<Value> {
  readonly revision: number
  readonly value: Value
}

/** A put adds or replaces by tenant and name. With a provider go its models. */
export type RowChange =
  | { readonly put: 'provider'; readonly row: StoredProvider }
  | { readonly put: 'model'; readonly row: StoredModel }
  | { readonly put: 'alias'; readonly row: StoredAlias }
  | {
      readonly remove: 'provider' | 'model' | 'alias'
      readonly tenant: string | null
      readonly name: string
    }

export interface EndedLeases {
  readonly removed: readonly { readonly tenant: string | null; readonly name: string }[]
  /** When the next one ends; null = there is none. */
  readonly nextEndsAt: number | null
}
