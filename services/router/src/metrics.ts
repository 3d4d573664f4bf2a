import type { StoredRows } from '@sluice/contracts/rows/stored-rows'
import type { RouteReason } from '@sluice/contracts/generation/route-plan'
import { tallies } from '@sluice/kernel/tallies'
import { Counter, Gauge, type Registry } from 'prom-client'

export function createRouterMetrics(registry: Registry) {
  const routed = tallies({
    name: 'gateway_routed_total',
    help: 'Generations routed, by the reason of the choice',
    labelNames: ['reason'],
    registry,
  })
  let age: () => number = () => 0
  const reaperAge = new Gauge({
    name: 'gateway_reaper_age_seconds',
    help: 'Time since this process last finished a sweep for abandoned generations',
    registers: [registry],
    collect: () => {
      reaperAge.set(age())
    },
  })
  const child = (reason: RouteReason['code']) => routed({ reason })
  let rows: () => { readonly revision: number; readonly value: StoredRows } | null = () => null
  new Gauge({
    name: 'gateway_catalogue_revision',
    help: 'Revision of the rows of the database that this process routes by',
    registers: [registry],
    collect() {
      this.set(rows()?.revision ?? 0)
    },
  })
  new Gauge({
    name: 'gateway_registered_backends',
    help: 'Backends that registered themselves and renew their lease',
    registers: [registry],
    collect() {
      const providers = rows()?.value.providers ?? []
      this.set(providers.filter(({ leaseEndsAt }) => leaseEndsAt !== null).length)
    },
  })
  return {
    followRows(read: typeof rows): void {
      rows = read
    },
    routed: {
      model: child('model'),
      alias: child('alias'),
      pinned_prefix: child('pinned_prefix'),
      default: child('default'),
    },
    rejected: new Counter({
      name: 'gateway_route_rejected_total',
      help: 'Generations that no provider could serve, by error code',
      labelNames: ['code'],
      registers: [registry],
    }),
    reaperAge: {
      follow(read: () => number): void {
        age = read
      },
    },
    reapFailures: new Counter({
      name: 'gateway_reap_failures_total',
      help: 'Sweeps for abandoned generations that failed',
      registers: [registry],
    }),
    reaped: new Counter({
      name: 'gateway_reaped_total',
      help: 'Abandoned generations, by what became of them',
      labelNames: ['outcome'],
      registers: [registry],
    }),
  }
}
export type RouterMetrics = ReturnType<typeof createRouterMetrics>
