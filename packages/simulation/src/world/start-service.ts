import { createServer, type RequestListener } from 'node:http'
import { startAuth } from '@sluice/auth'
import type { RequestId } from '@sluice/contracts/ids'
import type { EventLog } from '@sluice/event-log'
import type { RenewableGenerations } from '@sluice/generations/memory'
import { routesOf } from '@sluice/contracts/http/route-table'
import { startIngress } from '@sluice/ingress'
import { readIngressConfig } from '@sluice/ingress/config'
import { HealthRegistry } from '@sluice/kernel/health'
import { createRequestIds } from '@sluice/kernel/ids'
import { createLogger, type Logger } from '@sluice/kernel/logger'
import { startProviderAdapter } from '@sluice/provider-adapter'
import { readProviderAdapterConfig } from '@sluice/provider-adapter/config'
import { startRouter } from '@sluice/router'
import { readRouterConfig } from '@sluice/router/config'
import type { AuthStore } from '@sluice/store/auth-store'
import type { ArchiveStore } from '@sluice/store/archive-store'
import { createMemoryReconciliationStore } from '@sluice/store/memory-reconciliation-store'
import { createMemoryUsageReports } from '@sluice/store/memory-usage-reports'
import type { MemoryUsageStore } from '@sluice/store/memory-usage-store'
import { createMemoryErasureStore } from '@sluice/store/memory-erasure-store'
import { createMemoryAuditStore } from '@sluice/store/memory-audit-store'
import { startUsage } from '@sluice/usage'
import { readUsageConfig } from '@sluice/usage/config'
import type { WorkQueue } from '@sluice/work-queue'
import { Registry } from 'prom-client'
import {
  simArchiveStore,
  simAuthStore,
  simEventLog,
  simUsageStore,
  simWorkQueue,
} from '../core/ports.ts'
import type { Random } from '../core/random.ts'
import type { ServiceKind, Settings } from '../core/settings.ts'
import { createSimGenerations, type DispatchHandler } from '../core/sim-generations.ts'
import type { SimProcess } from '../core/sim-process.ts'
import type { Wire } from '../core/wire.ts'
import { simCatalogue, withFallback } from './catalogue.ts'
import type { Edge } from './edge.ts'
import { weightOf } from './flood.ts'
import { admitWithin, chargesOf } from './limits.ts'
import type { SimProviders } from './provider.ts'

/** What simulated clients call: each further address costs each of thousands of starts more than the rest of its run. */
const edgeRoutes = routesOf('ingress').filter(
  ({ id }) => id === 'inference.chat-completions' || id.startsWith('generations.'),
)

/** Everything that outlives a process. */
export interface SharedWorld {
  readonly settings: Settings
  readonly wire: Wire
  readonly random: Random
  readonly edge: Edge
  readonly providers: SimProviders
  readonly generations: RenewableGenerations
  readonly queue: WorkQueue
  readonly events: EventLog
  readonly authStore: AuthStore
  readonly usageStore: MemoryUsageStore
  readonly archiveStore: ArchiveStore
  readonly dispatchHandlers: DispatchHandler[]
  readonly log: ((line: string) => void) | null
  /** Of all processes where nobody reads: a logger takes longer to make than to use. */
  readonly silence: Logger
}

/** Starts the real service inside a process; what it gives back drains it, as SIGTERM does. */
export async function startService(
  kind: ServiceKind,
  process: SimProcess,
  world: SharedWorld,
): Promise<AsyncDisposable> {
  const { settings, wire } = world
  const { clock } = process
  const { log } = world
  const logger = log
    ? createLogger({ service: process.name, level: 'debug', destination: { write: log } })
    : world.silence
  const registry = new Registry()
  const health = new HealthRegistry({ clock, intervalMs: 5_000, timeoutMs: 1_000 })
  const generations = createSimGenerations({
    shared: world.generations,
    timing: settings.timing,
    process,
    wire,
    dispatchHandlers: world.dispatchHandlers,
    withFallback,
    admit: (shared, admission) => {
      const charges = chargesOf(settings.limits, clock.now())
      const weight = weightOf(admission.request.caller.tenantId, settings.flood)
      return admitWithin(shared, { ...admission, charges, weight }, world.usageStore.ledger)
    },
  })
  const queue = simWorkQueue(world.queue, process, wire)
  const events = simEventLog(world.events, process, wire)
  const catalogue = simCatalogue()
  const basics = { clock, logger, registry, health, generations, queue, events, catalogue }

  switch (kind) {
    case 'auth': {
      const config = { bootstrapKey: 'bootstrap-key-of-24-characters' }
      const store = simAuthStore(world.authStore, process, wire)
      // Nothing of the simulated world is managed: nobody writes to it.
      const audit = createMemoryAuditStore()
      const erasures = createMemoryErasureStore()
      return startAuth(config, { ...basics, store, audit, erasures, fileKeys: catalogue })
    }
    case 'usage': {
      const config = {
        ...readUsageConfig({}, { archiveHours: 24 }),
        batch: settings.usageBatch,
        reconcileAtMs: null,
      }
      const store = simUsageStore(world.usageStore, process, wire)
      const archive = simArchiveStore(world.archiveStore, process, wire)
      const reports = createMemoryUsageReports(world.usageStore)
      const books = createMemoryReconciliationStore(world.usageStore)
      return startUsage(config, { ...basics, store, reports, books, archive })
    }
    case 'router': {
      const config = {
        ...readRouterConfig({}),
        concurrency: settings.concurrency.router,
        reapIntervalMs: settings.reapIntervalMs,
      }
      return startRouter(config, basics)
    }
    case 'provider-adapter': {
      const config = {
        ...readProviderAdapterConfig({}),
        concurrency: settings.concurrency.providerAdapter,
        timeouts: settings.upstream,
        shutdownTimeoutMs: 1_000,
        // Every call that the simulated providers see is to be one of a generation.
        health: { intervalMs: 0, timeoutMs: 1_000 },
      }
      const upstream = world.providers.upstreamFor(process)
      return startProviderAdapter(config, { ...basics, upstream })
    }
    case 'ingress': {
      const config = {
        ...readIngressConfig({}),
        deadlineMs: settings.deadlineMs,
        keepAliveMs: settings.keepAliveMs,
        stallTimeoutMs: settings.stallTimeoutMs,
        disconnectGraceMs: settings.graceMs,
        shutdownTimeoutMs: 1_000,
      }
      const random = world.random.fork(`ids of ${process.name}`)
      const newRequestId: (nowMs: number) => RequestId = createRequestIds((bytes) => {
        random.fill(bytes)
      })
      const ingress = await startIngress(config, { ...basics, newRequestId, routes: edgeRoutes })
      await health.start()
      const listening = listen(ingress.handler, process, world.edge)
      return {
        async [Symbol.asyncDispose]() {
          health.drain()
          listening.remove()
          await ingress[Symbol.asyncDispose]()
        },
      }
    }
  }
}

/** Node's own HTTP server, fed with the sockets of the simulated network. */
function listen(handler: RequestListener, process: SimProcess, edge: Edge): { remove(): void } {
  const server = createServer({ noDelay: true }, handler)
  server.keepAliveTimeout = 75_000
  // These two are watched by a timer of Node's own, which only a server that listens has.
  server.headersTimeout = 0
  server.requestTimeout = 0
  return edge.add({ process, server })
}
