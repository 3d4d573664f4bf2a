import { allProviders, type Provider, providerId } from '@sluice/catalogue/catalogue'
import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import type { WireName } from '@sluice/contracts/wire-name'
import type { Clock } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { HealthReport } from '@sluice/kernel/health'
import type { Logger } from '@sluice/kernel/logger'
import { collectReply, type Upstream } from '@sluice/upstream'
import type { CallableProvider, Providers } from './providers.ts'

export interface ProviderHealthContext {
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly catalogue: CatalogueSource
  readonly providers: Providers
  readonly upstream: Upstream
  readonly clock: Clock
  readonly logger: Logger
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

/** What is asked for: a list that costs nothing, where the wire has one. */
const looksAt: Readonly<Partial<Record<WireName, (baseUrl: string) => string>>> = {
  'openai-chat': (base) => `${base}/models`,
  'openai-responses': (base) => `${base}/models`,
  'openai-completions': (base) => `${base}/models`,
  'anthropic-messages': (base) => `${base.replace(/\/v1$/, '')}/v1/models?limit=1`,
  gemini: (base) => `${base.replace(/\/v1beta$/, '')}/v1beta/models?pageSize=1`,
  ollama: (base) => `${base.replace(/\/api$/, '')}/api/tags`,
}

/**
 * Looks in the background whether providers answer, by a real call with a real key. Any answer is one: what is looked for is a provider that
 * cannot be reached at all, whose calls are then refused at once. One that has just answered a call is not looked at.
 */
export function startProviderHealth(context: ProviderHealthContext): HealthReport & Disposable {
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
    const status = await statusOf(provider, context)
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

async function statusOf(
  provider: CallableProvider,
  { timeoutMs, upstream }: ProviderHealthContext,
): Promise<number> {
  const { row, tls } = provider
  const url = new URL(looksAt[row.wire]?.(row.baseUrl) ?? row.baseUrl)
  const headers: Record<string, string> = { ...row.headers }
  if (row.wire === 'anthropic-messages') headers['anthropic-version'] = '2023-06-01'
  const call = { url, method: 'GET', headers, body: null, tls } as const
  await provider.keys.take()?.authorize(call)
  const timeouts = {
    connectMs: timeoutMs,
    firstByteMs: timeoutMs,
    idleMs: timeoutMs,
    totalMs: timeoutMs,
  }
  const { status } = await collectReply(upstream, { ...call, timeouts })
  return status
}
