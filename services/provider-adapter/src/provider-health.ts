import { allProviders, type Provider, providerId } from '@sluice/catalogue/catalogue'
import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import type { Clock } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { HealthReport } from '@sluice/kernel/health'
import type { Logger } from '@sluice/kernel/logger'
import type { Upstream } from '@sluice/upstream'
import { askProvider } from './ask-provider.ts'
import type { Providers } from './providers.ts'

export interface ProviderHealthContext {
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly catalogue: CatalogueSource
  readonly providers: Providers
  readonly upstream: Upstream
  readonly clock: Clock
  readonly logger: Logger
}

export interface ProviderHealth extends HealthReport, Disposable {
  /** As it was last seen. */
  statusOf(id: string): Sight['status'] | 'unknown'
}

interface Sight {
  readonly status: 'up' | 'down' | 'credential_refused'
  /** Unix ms of the last look, or of the answer that spared it. */
  readonly at: number
  readonly latencyMs: number | null
  readonly problem: string | null
  /** Looks in a row that nobody answered. */
  readonly misses: number
}

/** So many looks in a row without an answer make a provider down: one may get lost. */
const missesUntilDown = 2

/**
 * Looks in the background whether providers answer, by a real call with a real key. Any answer is one: what is looked for is a provider that
 * cannot be reached at all, whose calls are then refused at once. One that has just answered a call is not looked at.
 */
export function startProviderHealth(context: ProviderHealthContext): ProviderHealth {
  const { intervalMs, clock, catalogue, providers } = context
  const sights = new Map<string, Sight>()
  const timer =
    intervalMs === 0
      ? null
      : clock.every(intervalMs, () => {
          for (const row of allProviders(catalogue.current)) {
            // Local servers are looked for whether they are there or not: nothing is wrong when they are not.
            const isMeant = row.origin !== 'environment' || providers.isKnown(providerId(row))
            if (isMeant) void look(row, sights, context)
          }
        })
  return {
    read: () => ({
      providers: Array.from(allProviders(catalogue.current), (row) => {
        const sight = sights.get(providerId(row))
        return {
          ...providers.standing(providerId(row)),
          origin: row.origin,
          status: sight?.status ?? 'unknown',
          checked_at: sight?.at ?? null,
          latency_ms: sight?.latencyMs ?? null,
          ...(sight?.problem ? { problem: sight.problem } : {}),
        }
      }),
    }),
    statusOf: (id) => sights.get(id)?.status ?? 'unknown',
    reset(name) {
      sights.delete(name)
      return providers.reset(name)
    },
    [Symbol.dispose]() {
      timer?.cancel()
    },
  }
}

async function look(
  row: Provider,
  sights: Map<string, Sight>,
  context: ProviderHealthContext,
): Promise<void> {
  const name = providerId(row)
  const { intervalMs, clock, logger, providers } = context
  const before = sights.get(name)
  const started = clock.monotonic()
  const at = clock.now()
  const see = (sight: Pick<Sight, 'status' | 'problem' | 'misses'>, latencyMs: number | null) => {
    sights.set(name, { ...sight, at, latencyMs })
    const isNews = before === undefined ? sight.status !== 'up' : before.status !== sight.status
    if (isNews) logger.warn({ provider: name, ...sight }, 'the state of a provider has changed')
  }
  try {
    const provider = providers.callableOf(row)
    if (provider.answeredMs < intervalMs) {
      see({ status: 'up', problem: null, misses: 0 }, before?.latencyMs ?? null)
      return
    }
    const { status } = await askProvider(provider, context)
    const isRefused = status === 401 || status === 403
    const problem = isRefused ? `it answered ${String(status)}` : null
    providers.setDown(name, null)
    see(
      { status: isRefused ? 'credential_refused' : 'up', problem, misses: 0 },
      clock.monotonic() - started,
    )
  } catch (error) {
    const misses = (before?.misses ?? 0) + 1
    const isDown = misses >= missesUntilDown
    // Past the next look, which says what comes after.
    if (isDown) providers.setDown(name, 2 * intervalMs)
    see(
      { status: isDown ? 'down' : (before?.status ?? 'up'), problem: messageOf(error), misses },
      null,
    )
  }
}
