import { catalogueFor } from '@sluice/catalogue/catalogue'
import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import { findTarget, listModels, readStoredRows } from '@sluice/contracts/rpc/router'
import type { EventLog } from '@sluice/event-log'
import type { Generations } from '@sluice/generations'
import { GatewayError } from '@sluice/kernel/errors'
import type { ServiceDependencies, Service } from '@sluice/kernel/service'
import { logUndeclared } from '@sluice/management/undeclared'
import { createBusSeal } from '@sluice/management/bus-seal'
import { createQueuedAudit } from '@sluice/management/audit'
import { serveManagement } from '@sluice/management'
import { createOutboundGuard } from '@sluice/outbound-guard'
import { createSecretBox } from '@sluice/secret-box'
import { OutboxRelay } from '@sluice/outbox/outbox-relay'
import { createRelayMetrics } from '@sluice/outbox/relay-metrics'
import type { Outbox } from '@sluice/store/outbox'
import type { ProviderStore } from '@sluice/store/provider-store'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import type { RouterConfig } from './config.ts'
import { routerErrors } from './errors.ts'
import { managementHandlers } from './manage/management-handlers.ts'
import { listedModels } from './listed-models.ts'
import { createRouterMetrics } from './metrics.ts'
import { startReaper } from './reaper.ts'
import { firstTarget } from './plan-route.ts'
import { requireKeys } from './rows/require-keys.ts'
import { LeaseKeeper } from './rows/lease-keeper.ts'
import { StoredCatalogue } from './rows/stored-catalogue.ts'
import { Standings } from './standings.ts'
import { routeRequest } from './route-request.ts'

export interface RouterDependencies extends ServiceDependencies {
  readonly generations: Generations
  readonly queue: WorkQueue
  readonly catalogue: CatalogueSource
  /** Opens the rows of the database; rejects while it is away. Without it there are none, and none are made. */
  readonly store?: () => Promise<ProviderStore>
  /** Where changes of the rows are told of; without it they wait in the outbox. */
  readonly events?: EventLog
}

/** Takes accepted generations, plans each one's route and hands it to a provider-adapter's pool; reaps the abandoned. */
export async function startRouter(
  config: RouterConfig,
  dependencies: RouterDependencies,
): Promise<Service> {
  const { generations, queue, catalogue, health } = dependencies
  health.add({ name: 'generations', required: true, probe: () => generations.ping() })
  await using stack = new AsyncDisposableStack()
  const context = { ...dependencies, metrics: createRouterMetrics(dependencies.registry) }
  const box = config.keyRing === null ? null : createSecretBox(config.keyRing)
  const { store } = dependencies
  const stored = stack.use(new StoredCatalogue({ ...dependencies, store: store ?? noStore }))
  if (store) {
    await stored.start()
    requireKeys(stored.known?.value ?? null, box)
    health.add({
      name: 'database',
      required: false,
      probe: async () => void (await (await stored.store()).revision()),
    })
  }
  const { events } = dependencies
  if (store && events) {
    const outbox: Pick<Outbox, 'waiting' | 'relay' | 'backlog' | 'put'> = {
      waiting: async () => (await stored.store()).outbox.waiting(),
      relay: async (...asked) => (await stored.store()).outbox.relay(...asked),
      put: async (batches) => (await stored.store()).outbox.put(batches),
      backlog: async () => (await stored.store()).outbox.backlog(),
    }
    const metrics = createRelayMetrics(
      dependencies.registry,
      outbox.backlog,
      'gateway_router_outbox_backlog',
    )
    stack.use(new OutboxRelay({ ...dependencies, events, outbox, metrics, intervalMs: 1_000 }))
  }
  context.metrics.followRows(() => stored.known)
  const leases = stack.use(
    new LeaseKeeper({ ...dependencies, stored, pollMs: config.registryPollMs }),
  )
  if (store) leases.start()
  const standings = stack.use(new Standings(dependencies.clock))
  await standings.follow(queue)
  stack.use(
    await serveRpc(queue, listModels, async ({ tenantId }) => {
      const { current } = catalogue
      const seen = tenantId === null ? current : catalogueFor(current, tenantId)
      return { models: listedModels(seen), tenantsWithOwn: [...current.tenants.keys()] }
    }),
  )
  stack.use(
    await serveRpc(queue, readStoredRows, async ({ known, atLeast }) => {
      const { revision, value } = await stored.read(atLeast)
      return { revision, rows: revision === known ? null : value }
    }),
  )
  stack.use(
    await serveRpc(queue, findTarget, async (asked) => ({
      target: firstTarget(asked, catalogueFor(catalogue.current, asked.tenantId)),
    })),
  )
  const reaper = stack.use(startReaper(config, context))
  context.metrics.reaperAge.follow(() => reaper.ageSeconds())
  health.add({ name: 'reaper', required: false, probe: () => reaper.probe() })
  stack.use(
    await generations.takeRequests((request) => routeRequest(request, context), {
      concurrency: config.concurrency,
    }),
  )
  const audit = createQueuedAudit(dependencies)
  const guard = createOutboundGuard({ policy: config.outbound, clock: dependencies.clock })
  const handlers = managementHandlers({
    ...dependencies,
    stored,
    leases,
    standings,
    box,
    guard,
  })
  stack.use(
    await serveManagement({
      queue,
      owner: 'router',
      handlers,
      audit,
      onUndeclared: logUndeclared(dependencies.logger),
      seal: createBusSeal(box),
    }),
  )
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function noStore(): Promise<ProviderStore> {
  return Promise.reject(new GatewayError(routerErrors.rows_unavailable))
}
