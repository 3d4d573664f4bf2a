import type { RequestListener } from 'node:http'
import type { Catalogue, Provider } from '@sluice/catalogue/catalogue'
import { providerRow } from '@sluice/catalogue/rows'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId } from '@sluice/contracts/ids'
import type { Generations, GenerationsTiming } from '@sluice/generations'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { type Clock, systemClock } from '@sluice/kernel/clock'
import { HealthRegistry } from '@sluice/kernel/health'
import { serve } from '@sluice/kernel/http-server'
import { newRequestId } from '@sluice/kernel/ids'
import { createLogger } from '@sluice/kernel/logger'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { Registry } from 'prom-client'
import { type ProviderAdapterConfig, readProviderAdapterConfig } from '../../src/config.ts'
import { startProviderAdapter } from '../../src/service.ts'

export interface AdapterOptions {
  readonly env?: Record<string, string>
  readonly config?: Partial<ProviderAdapterConfig>
  /** Of every provider. */
  readonly row?: Partial<Provider>
  readonly timing?: Partial<GenerationsTiming>
  /** What the adapter sees of the generations. */
  readonly generations?: (inner: Generations) => Partial<Generations>
  readonly clock?: Clock
}

/** A provider-adapter over memory, in front of real HTTP servers. What it opens is added to `cleanup`. */
export async function startAdapter(
  cleanup: AsyncDisposable[],
  servers: Record<string, RequestListener>,
  options: AdapterOptions = {},
) {
  const clock = options.clock ?? systemClock
  const providers = new Map<string, Provider>()
  for (const [name, handler] of Object.entries(servers)) {
    const server = await serve(handler, { host: '127.0.0.1', port: 0, clock: systemClock })
    cleanup.push(server)
    const row = providerRow({
      name,
      wire: 'openai-chat',
      baseUrl: `${server.url}/v1`,
      auth: { type: 'bearer', keys: ['key-of-the-provider'] },
      forwardHeaders: ['x-demo-*'],
      abortStopsBilling: true,
      origin: 'file',
      ...options.row,
    })
    providers.set(name, row)
  }
  const catalogue: Catalogue = {
    providers,
    models: new Map(),
    aliases: new Map(),
    unlisted: () => null,
    unpriced: new Set(),
    defaultModel: null,
    tenants: new Map(),
  }
  const generations = createMemoryGenerations({ clock, timing: options.timing ?? {} })
  cleanup.push(generations)
  const seen = replacing(generations, options.generations?.(generations) ?? {})
  const queue = createMemoryWorkQueue({ clock })
  const records: UsageRecord[] = []
  await generations.takeUsage(
    (batch) => {
      records.push(...batch)
      return Promise.resolve()
    },
    { maxRecords: 10, maxWaitMs: 0 },
  )
  const config = {
    ...readProviderAdapterConfig(options.env ?? {}),
    shutdownTimeoutMs: 0,
    ...options.config,
  }
  const health = new HealthRegistry({ clock, intervalMs: 1_000, timeoutMs: 1_000 })
  /** One more process over the same generations. */
  const start = async () => {
    const service = await startProviderAdapter(config, {
      generations: seen,
      queue,
      catalogue: {
        current: catalogue,
        fileKeys: [],
        discovered: Promise.resolve(),
        onChange: () => undefined,
        isOfFile: () => false,
        setStored: () => undefined,
        withStored: () => catalogue,
        [Symbol.dispose]: () => undefined,
      },
      clock,
      logger: createLogger({ service: 'provider-adapter', level: 'silent' }),
      registry: new Registry(),
      health,
    })
    cleanup.push(service)
    return service
  }
  const service = await start()

  /** Admits a call and routes it as a router would. */
  async function ask(
    options: {
      model?: string
      stream?: boolean
      includeUsage?: boolean
      headers?: Record<string, string>
      via?: readonly string[]
      deadlineMs?: number
      messages?: readonly object[]
      /** That the caller speaks; with it a body of that dialect. */
      dialect?: GenerationRequest['wire']
      body?: object
      documents?: boolean
      operation?: GenerationRequest['operation']
      /** That the provider is spoken to in. */
      wire?: RouteTarget['wire']
      needs?: GenerationRequest['needs']
      traits?: RouteTarget['traits']
    } = {},
  ) {
    const { model = 'demo/chat', stream = true, headers = {}, via = Object.keys(servers) } = options
    const id = newRequestId(clock.now())
    const body = Buffer.from(
      JSON.stringify({
        model,
        stream,
        messages: options.messages ?? [{ role: 'user', content: 'Hello' }],
        ...options.body,
      }),
    )
    const request = {
      id,
      caller: {
        tenantId: 'default',
        projectId: 'default',
        keyId: 'key-1',
        keyName: 'test',
        models: null,
      },
      operation: options.operation ?? 'chat',
      wire: options.dialect ?? 'openai-chat',
      model,
      stream,
      includeUsage: options.includeUsage ?? false,
      needs: options.needs ?? [],
      documents: options.documents ?? false,
      headers,
      clientRequestId: null,
      traceparent: null,
      onDisconnect: 'cancel',
      acceptedAt: clock.now(),
      deadlineAt: clock.now() + (options.deadlineMs ?? 60_000),
    } as GenerationRequest
    await generations.admit({ request, body, attach: null, charges: [] })
    const targets = via.map((provider): RouteTarget => ({
      provider,
      pool: 'default',
      wire: options.wire ?? 'openai-chat',
      model,
      upstreamModel: model,
      price: { input: '1', output: '2' },
      maxTokens: null,
      traits: options.traits ?? {},
      maxEventBytes: null,
    }))
    await generations.route(id, { targets, reason: { code: 'model', detail: model } })
    return id
  }

  async function entriesOf(id: RequestId): Promise<LogEntry[]> {
    const all: LogEntry[] = []
    using tail = generations.tail(id, { after: null, fresh: false })
    for (let batch = await tail.next(); batch !== null; batch = await tail.next())
      all.push(...batch)
    return all
  }
  return { ask, entriesOf, health, generations, queue, records, service, start }
}

/** The generations, some of whose steps do something else. */
function replacing(generations: Generations, steps: Partial<Generations>): Generations {
  return new Proxy(generations, {
    get(target, name) {
      const step: unknown = steps[name as keyof Generations] ?? target[name as keyof Generations]
      return typeof step === 'function' ? (step.bind(target) as unknown) : step
    },
  })
}
