import type { Clock } from '@sluice/kernel/clock'
import type { ErasureStore } from '@sluice/store/erasure-store'
import { Gauge, type Registry } from 'prom-client'

/** People who are erased everywhere but in the tables of a catalogue: whoever maintains those erases them there. */
export function measureErasures(registry: Registry, erasures: ErasureStore, clock: Clock): void {
  const waits = new Gauge({
    name: 'gateway_erasure_lake_wait_seconds',
    help: 'How long the removal of somebody has waited for the maintenance of the lake’s catalogue, the longest; 0 = nobody waits: alert above two intervals of it',
    registers: [registry],
    async collect() {
      const [oldest] = await erasures.waitingForLake()
      waits.set(oldest ? (clock.now() - oldest.since) / 1_000 : 0)
    },
  })
}
