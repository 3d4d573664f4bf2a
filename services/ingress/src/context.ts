import type { TokenCounter } from '@sluice/count-tokens/token-counter'
import type { Generations } from '@sluice/generations'
import type { VerdictCache } from '@sluice/identity'
import type { BusSeal } from '@sluice/management/bus-seal'
import type { RecordAudit } from '@sluice/management/audit'
import type { Route } from '@sluice/contracts/http/route'
import type { WorkQueue } from '@sluice/work-queue'
import type { NewRequestId } from '@sluice/kernel/ids'
import type { ServiceDependencies } from '@sluice/kernel/service'
import type { IngressConfig } from './config.ts'
import type { IngressEvents } from './events.ts'
import type { LedgerCounts } from './ledger-counts.ts'
import type { ModelList } from './model-list.ts'
import type { AddressBucket } from './http/address-bucket.ts'
import type { AddressOf } from './http/client-address.ts'
import type { Denied } from './http/denied.ts'
import type { OpenCalls } from './http/open-calls.ts'
import type { KeepPause } from './http/responses/keep-pause.ts'

/** Everything a route may touch. */
export interface IngressContext extends ServiceDependencies {
  readonly config: IngressConfig
  readonly generations: Generations
  readonly queue: WorkQueue
  readonly newRequestId: NewRequestId
  /** What is served: the route table. */
  readonly routes: readonly Route[]
  readonly verdicts: VerdictCache
  readonly bucket: AddressBucket
  readonly addressOf: AddressOf
  readonly audit: RecordAudit
  readonly seal: BusSeal
  readonly denied: Denied
  readonly models: ModelList
  readonly counts: LedgerCounts
  readonly tokens: TokenCounter
  readonly calls: OpenCalls
  readonly keepPause: KeepPause
  readonly events: IngressEvents
  /** False while the process starts and once it shuts down: new inference calls are refused. */
  readonly serving: () => boolean
}
