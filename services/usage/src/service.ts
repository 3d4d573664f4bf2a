import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { EventLog } from '@sluice/event-log'
import type { Generations } from '@sluice/generations'
import type { Service, ServiceDependencies } from '@sluice/kernel/service'
import type { UsageStore } from '@sluice/store/usage-store'
import type { UsageConfig } from './config.ts'
import { createUsageMetrics } from './metrics.ts'
import { OutboxRelay } from './outbox-relay.ts'
import { recordUsage } from './record-usage.ts'

export interface UsageDependencies extends ServiceDependencies {
  readonly generations: Generations
  readonly store: UsageStore
  readonly events: EventLog
}

/** Writes the ledger from usage records, and publishes what it wrote. Disposing it stores what came in and relays it once more. */
export async function startUsage(
  config: UsageConfig,
  dependencies: UsageDependencies,
): Promise<Service> {
  const { generations, store, events, registry, health, logger } = dependencies
  health.add({ name: 'database', required: true, probe: async () => void (await store.backlog()) })
  health.add({ name: 'events', required: false, probe: () => events.ping() })
  await using stack = new AsyncDisposableStack()
  const metrics = createUsageMetrics(registry, () => store.backlog())
  const relay = stack.use(new OutboxRelay({ ...dependencies, config, metrics }))
  const record = async (records: readonly UsageRecord[]) => {
    if (!config.ledger) return
    await recordUsage(records, { store, metrics, logger })
    relay.nudge()
  }
  stack.use(await generations.takeUsage(record, config.batch))
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
