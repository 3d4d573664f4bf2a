import type { Generations } from '@sluice/generations'
import type { ServiceDependencies } from '@sluice/kernel/service'
import type { ResponseStore } from '@sluice/store/response-store'
import type { WorkQueue } from '@sluice/work-queue'
import type { AgentConfig } from './config.ts'
import type { AgentMetrics } from './metrics.ts'

/** Everything a handler may touch. */
export interface AgentContext extends Pick<ServiceDependencies, 'clock' | 'logger'> {
  readonly config: AgentConfig
  readonly store: ResponseStore
  readonly generations: Generations
  readonly queue: WorkQueue
  readonly metrics: AgentMetrics
}
