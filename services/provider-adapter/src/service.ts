import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import { countTokens, testProvider } from '@sluice/contracts/rpc/provider-adapter'
import type { RequestId } from '@sluice/contracts/ids'
import type { Generations, Revocation } from '@sluice/generations'
import type { Service, ServiceDependencies } from '@sluice/kernel/service'
import { createOutboundGuard } from '@sluice/outbound-guard'
import { createSecretBox } from '@sluice/secret-box'
import { createUpstream, type Upstream } from '@sluice/upstream'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import type { ProviderAdapterConfig } from './config.ts'
import { createCallerDisguise } from './caller-disguise.ts'
import { createCountTokens } from './count-tokens.ts'
import { FellowAdapters } from './fellow-adapters.ts'
import { GenerationRun, type RunContext } from './generation-run.ts'
import { createProviderAdapterMetrics } from './metrics.ts'
import { startProviderHealth } from './provider-health.ts'
import { createProviders } from './providers.ts'
import { RowsWatch } from './rows-watch.ts'
import { createTestProvider } from './test-provider.ts'
import { RunningGenerations } from './running-generations.ts'

export interface ProviderAdapterDependencies extends ServiceDependencies {
  readonly generations: Generations
  readonly queue: WorkQueue
  readonly catalogue: CatalogueSource
  /** How providers are called; HTTP over sockets unless given. */
  readonly upstream?: Upstream
}

/** How often it is told how providers stand. */
const standingsMs = 5_000

/** Takes routed generations of its pools, calls their providers and writes the answers into the generation logs. */
export async function startProviderAdapter(
  config: ProviderAdapterConfig,
  dependencies: ProviderAdapterDependencies,
): Promise<Service> {
  const { generations, queue, catalogue, clock, logger, registry, health } = dependencies
  health.add({ name: 'generations', required: true, probe: () => generations.ping() })
  await using stack = new AsyncDisposableStack()
  const running = new RunningGenerations(clock)
  const metrics = createProviderAdapterMetrics(registry, () => running.size)
  const upstream = stack.use(dependencies.upstream ?? createUpstream({ clock }))
  const guard = createOutboundGuard({ policy: config.outbound, clock })
  const box = config.keyRing === null ? null : createSecretBox(config.keyRing)
  if (config.asksForRows) {
    const rows = stack.use(new RowsWatch({ catalogue, queue, clock, logger }))
    await rows.start()
    // Calls may come in as soon as this has started: those to providers of the database need their rows.
    await rows.ask(null)
  }
  const providers = createProviders({
    config,
    catalogue,
    metrics,
    upstream,
    guard,
    box,
    disguise: createCallerDisguise(config.keyRing),
    tellRest: (rest) => {
      fellows.tellRest(rest)
    },
    clock,
    logger,
  })
  const provider = (name: string, tenant: string) => providers.get(name, tenant)
  const watched = { ...config.health, catalogue, providers, upstream, clock, logger }
  const upstreams = stack.use(startProviderHealth(watched))
  health.addReport('upstreams', upstreams)
  metrics.follow(providers)
  const { instance } = config
  const intervalMs = config.health.intervalMs === 0 ? 0 : standingsMs
  const fellows = stack.use(
    new FellowAdapters({ instance, providers, upstreams, queue, clock, logger, intervalMs }),
  )
  await fellows.start()
  const test = createTestProvider({ providers, upstream, clock })
  stack.use(await serveRpc(queue, testProvider, test))
  const context = { config, generations, queue, upstream, guard, provider, clock, logger }
  stack.use(await serveRpc(queue, countTokens, createCountTokens(context)))
  for (const pool of config.pools) {
    stack.use(
      await generations.takeDispatches(pool, (id) => workOn(id, context, running), {
        concurrency: config.concurrency,
      }),
    )
  }
  const owned = stack.move()
  let stopped: Promise<void> | null = null
  const stop = async () => {
    using _deadline = running.endAfter(config.shutdownTimeoutMs)
    await owned.disposeAsync()
  }
  return { [Symbol.asyncDispose]: () => (stopped ??= stop()) }
}

/**
 * Idempotent: a second delivery of a generation that somebody works on, or that ended, is refused by the claim. The claim comes before the
 * call, and is asked about again when the process stood still between the two: a frozen one never spends money on work that is already
 * answered.
 */
async function workOn(
  id: RequestId,
  context: RunContext,
  running: RunningGenerations,
): Promise<void> {
  let run: GenerationRun | null = null
  let revoked: Revocation | null = null
  const askedAt = context.clock.monotonic()
  const claimed = await context.generations.claim(id, (reason) => {
    revoked = reason
    run?.revoked(reason)
  })
  if (!claimed.ok) return
  run = new GenerationRun(context, claimed.claim)
  const finished = run.run(askedAt)
  // Revoked between the claim and here.
  if (revoked !== null) run.revoked(revoked)
  await running.track(run, finished)
}
