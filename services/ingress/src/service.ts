import type { RequestListener } from 'node:http'
import type { Route } from '@sluice/contracts/http/route'
import { routeTable } from '@sluice/contracts/http/route-table'
import type { Generations } from '@sluice/generations'
import { createTokenCounter } from '@sluice/count-tokens/token-counter'
import { createVerdictCache } from '@sluice/identity'
import { newRequestId, type NewRequestId } from '@sluice/kernel/ids'
import type { Service, ServiceDependencies } from '@sluice/kernel/service'
import { createBusSeal } from '@sluice/management/bus-seal'
import { createQueuedAudit } from '@sluice/management/audit'
import { createSecretBox, type KeyRing } from '@sluice/secret-box'
import type { WorkQueue } from '@sluice/work-queue'
import type { IngressConfig } from './config.ts'
import type { IngressContext } from './context.ts'
import { createIngressEvents } from './events.ts'
import { AddressBucket } from './http/address-bucket.ts'
import { createAddressOf } from './http/client-address.ts'
import { createDenied } from './http/denied.ts'
import { createHandler } from './http/handler.ts'
import { createIngressMetrics } from './metrics.ts'
import { LedgerCounts } from './ledger-counts.ts'
import { ModelList } from './model-list.ts'
import { OpenCalls } from './http/open-calls.ts'
import { KeepPause } from './http/responses/keep-pause.ts'

export interface IngressDependencies extends ServiceDependencies {
  readonly generations: Generations
  readonly queue: WorkQueue
  /** What secrets cross the bus under; null = as they are. */
  readonly keyRing?: KeyRing | null
  /** Names calls; random unless given. */
  readonly newRequestId?: NewRequestId
  /** The route table unless given. */
  readonly routes?: readonly Route[]
}

export interface IngressService extends Service {
  readonly handler: RequestListener
}

/**
 * The HTTP edge: takes inference calls in, shows their logs to their clients. Disposing it refuses new calls, waits for open answers up to the
 * shutdown time and cuts off what is left: such a generation lives on, unlike its connection.
 */
export async function startIngress(
  config: IngressConfig,
  dependencies: IngressDependencies,
): Promise<IngressService> {
  const { generations, queue, clock, logger, registry, health } = dependencies
  health.add({ name: 'generations', required: true, probe: () => generations.ping() })
  health.add({ name: 'queue', required: true, probe: () => queue.ping() })
  await using stack = new AsyncDisposableStack()
  const verdicts = stack.use(createVerdictCache({ queue, clock, logger }))
  const calls = stack.use(new OpenCalls({ clock, keepAliveMs: config.keepAliveMs }))
  const metrics = createIngressMetrics(registry, () => calls.size)
  let started = false
  let stopping: Promise<void> | null = null
  const addressOf = createAddressOf(config.trustedProxies)
  const audit = createQueuedAudit({ queue, clock, logger })
  const context: IngressContext = {
    newRequestId,
    ...dependencies,
    config,
    routes: dependencies.routes ?? routeTable,
    verdicts,
    bucket: new AddressBucket({ queue, clock, logger, limit: config.addressLimit }),
    addressOf,
    audit,
    seal: createBusSeal(dependencies.keyRing ? createSecretBox(dependencies.keyRing) : null),
    denied: createDenied({ audit, clock, addressOf }),
    models: new ModelList(queue, clock),
    counts: new LedgerCounts({ generations, queue, clock, logger }),
    tokens: stack.use(createTokenCounter()),
    calls,
    keepPause: new KeepPause(clock),
    events: createIngressEvents({ logger, metrics, clock }),
    serving: () => stopping === null && (started ||= health.readiness().status !== 'starting'),
  }
  const owned = stack.move()
  const stop = async () => {
    await calls.drain(config.shutdownTimeoutMs)
    await owned.disposeAsync()
  }
  return {
    handler: createHandler(context),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  }
}
