import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import type { Clock } from '@sluice/kernel/clock'
import type { OutboundGuard } from '@sluice/outbound-guard'
import type { SecretBox } from '@sluice/secret-box'
import type { WorkQueue } from '@sluice/work-queue'
import type { LeaseKeeper } from '../rows/lease-keeper.ts'
import type { StoredCatalogue } from '../rows/stored-catalogue.ts'
import type { Standings } from '../standings.ts'

export interface ManageContext {
  readonly stored: StoredCatalogue
  readonly catalogue: CatalogueSource
  readonly leases: LeaseKeeper
  readonly standings: Standings
  /** Null = there is no key: credentials are not stored. */
  readonly box: SecretBox | null
  readonly guard: OutboundGuard
  readonly queue: WorkQueue
  readonly clock: Clock
}
