import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import { findTarget, listModels } from '@sluice/contracts/rpc/router'
import type { Generations } from '@sluice/generations'
import type { ServiceDependencies, Service } from '@sluice/kernel/service'
import { createQueuedAudit } from '@sluice/management/audit'
import { serveManagement } from '@sluice/management'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import type { RouterConfig } from './config.ts'
import { listedModels } from './listed-models.ts'
import { createRouterMetrics } from './metrics.ts'
import { startReaper } from './reaper.ts'
import { firstTarget } from './plan-route.ts'
import { routeRequest } from './route-request.ts'

export interface RouterDependencies extends ServiceDependencies {
  readonly generations: Generations
  readonly queue: WorkQueue
  readonly catalogue: CatalogueSource
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
  stack.use(
    await serveRpc(queue, listModels, () =>
      Promise.resolve({ models: listedModels(catalogue.current) }),
    ),
  )
  stack.use(
    await serveRpc(queue, findTarget, async (asked) => ({
      target: firstTarget(asked, catalogue.current),
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
  stack.use(await serveManagement({ queue, owner: 'router', handlers: [], audit }))
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
