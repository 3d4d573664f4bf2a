import { hash } from 'node:crypto'
import { type Access, fullAccess } from '@sluice/contracts/access'
import { type Caller, Caller as CallerSchema } from '@sluice/contracts/caller'
import type { Route } from '@sluice/contracts/http/route'
import { type Verdict, verifyCredential } from '@sluice/contracts/rpc/auth'
import { manage, type ManagementCall } from '@sluice/contracts/rpc/manage'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import { countTokens } from '@sluice/contracts/rpc/provider-adapter'
import { findTarget, type ListedModel, listModels } from '@sluice/contracts/rpc/router'
import { type ArchivedGeneration, readGeneration } from '@sluice/contracts/rpc/usage'
import type { Generations } from '@sluice/generations'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { type Clock, systemClock } from '@sluice/kernel/clock'
import type { Environment } from '@sluice/kernel/env'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { HealthRegistry } from '@sluice/kernel/health'
import { type HttpLimits, type HttpServer, serve } from '@sluice/kernel/http-server'
import { createLogger } from '@sluice/kernel/logger'
import type { WorkQueue } from '@sluice/work-queue'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { serveRpc } from '@sluice/work-queue/rpc'
import { Registry } from 'prom-client'
import { ingressErrors } from '../../src/errors.ts'
import { readIngressConfig } from '../../src/config.ts'
import { type IngressService, startIngress } from '../../src/service.ts'
import { type Script, startScriptedWorker } from './scripted-worker.ts'
import { type KeptCall, startStandInAgent } from './stand-in-agent.ts'

export const keys = {
  all: 'key-of-a-project-that-may-use-every-model',
  acme: 'key-of-a-project-that-may-use-acme-only',
  stranger: 'key-of-another-tenant-with-the-same-key-id',
} as const

const callers: Readonly<Record<string, Caller>> = {
  [hash('sha256', keys.all)]: caller('all', null),
  [hash('sha256', keys.acme)]: caller('acme', ['acme/*']),
  [hash('sha256', keys.stranger)]: caller('all', null, 'another'),
}

function caller(name: string, models: string[] | null, tenantId = 'default'): Caller {
  const ids = { tenantId, projectId: name, keyId: `k_${name}` }
  return CallerSchema.parse({ ...ids, keyName: name, models })
}

const known = { created: 1_700_000_000, price: null, maxOutputTokens: null }

export const listed: ListedModel[] = [
  { ...known, id: 'acme/fast', ownedBy: 'acme', capabilities: { tools: true } },
  { ...known, id: 'other/slow', ownedBy: 'other', capabilities: {} },
]

export interface LogRecord {
  readonly msg: string
  readonly [field: string]: unknown
}

export interface TestIngress extends AsyncDisposable {
  readonly url: string
  readonly server: HttpServer
  readonly service: IngressService
  readonly generations: Generations
  readonly registry: Registry
  readonly health: HealthRegistry
  readonly log: readonly LogRecord[]
  /** Called with every credential that `auth` is asked about. */
  onVerify: (() => Promise<void>) | null
  /** Becomes true: `auth` answers nobody. */
  authAway: boolean
  routerAway: boolean
  usageAway: boolean
  agentAway: boolean
  /** By the provider of `acme/claude`; null = it does not count. */
  counted: number | null
  /** What `agent` was given to keep, by id. */
  readonly kept: ReadonlyMap<string, KeptCall>
  /** What `usage` kept of ended generations, by id. */
  readonly archive: Map<string, ArchivedGeneration>
  /** What reached the owners of management routes. */
  readonly managed: readonly ManagementCall[]
  /** What those answer; throws what they refuse. */
  manages: (call: ManagementCall) => { body: unknown; headers?: Record<string, string> }
  /** What the worker does with the next generations. */
  script: Script
}

export interface TestIngressOptions {
  readonly env?: Environment
  readonly clock?: Clock
  /** Replaces the clock's own. */
  readonly monotonic?: () => number
  readonly script?: Script
  /** Wraps the port, to plant what the memory adapter never does. */
  readonly wrap?: (generations: Generations) => Generations
  readonly started?: boolean
  /** The back end of another test ingress: two processes of one cluster. Its worker does the work. */
  readonly generations?: Generations
  /** Shared by the replicas of one cluster. */
  readonly queue?: WorkQueue
  /** Further keys, of the default tenant, and what each may do. */
  readonly keys?: Readonly<Record<string, Partial<Access>>>
  /** What the router lists; two models that cost nothing unless given. */
  readonly listed?: readonly ListedModel[]
  readonly limits?: Partial<HttpLimits>
  /** The route table unless given. */
  readonly routes?: readonly Route[]
}

function targetOf(model: string): RouteTarget {
  return {
    provider: 'stub',
    pool: 'test',
    wire: model === 'acme/claude' ? 'anthropic-messages' : 'openai-chat',
    model,
    upstreamModel: model,
    price: null,
    maxTokens: null,
    traits: {},
    maxEventBytes: null,
  }
}

/** Plays the router's reaper. */
const reapEveryMs = 20

const unscripted: Script = (work) => work.complete('{}')

/** The ingress on memory adapters and a port of its own, with stand-ins for auth, router and provider-adapter. */
export async function startTestIngress(options: TestIngressOptions = {}): Promise<TestIngress> {
  const { monotonic, started = true } = options
  const base = options.clock ?? systemClock
  const clock = monotonic ? { ...base, monotonic } : base
  await using stack = new AsyncDisposableStack()
  const log: LogRecord[] = []
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as LogRecord) }
  const logger = createLogger({ service: 'ingress', level: 'debug', destination })
  const registry = new Registry()
  const health = stack.use(new HealthRegistry({ clock, intervalMs: 60_000, timeoutMs: 1_000 }))
  const memory = options.generations ?? stack.use(createMemoryGenerations({ clock }))
  const generations = options.wrap?.(memory) ?? memory
  const queue = options.queue ?? stack.use(createMemoryWorkQueue({ clock }))
  const further = Object.entries(options.keys ?? {}).map(([key, access]) => {
    const verdict = { caller: caller(key, null), access: { ...fullAccess, ...access } }
    return [hash('sha256', key), { valid: true, ...verdict, revision: 1 }] as const
  })
  const verdicts = new Map<string, Verdict>(further)
  const away = () => new GatewayError(kernelErrors.dependency_unavailable)
  stack.use(
    await serveRpc(queue, verifyCredential, async ({ credentialHash }): Promise<Verdict> => {
      await test.onVerify?.()
      if (test.authAway) throw away()
      const other = verdicts.get(credentialHash)
      if (other) return other
      const known = callers[credentialHash]
      if (known) return { valid: true, caller: known, access: fullAccess, revision: 1 }
      return { valid: false, reason: 'unknown', revision: 1 }
    }),
  )
  stack.use(
    await serveRpc(queue, listModels, async () => {
      if (test.routerAway) throw away()
      return { models: [...(options.listed ?? listed)] }
    }),
  )
  stack.use(
    await serveRpc(queue, findTarget, async ({ model }) => {
      if (test.routerAway) throw away()
      if (model === 'acme/none') throw new GatewayError(ingressErrors.model_not_found)
      return { target: targetOf(model) }
    }),
  )
  const managed: ManagementCall[] = []
  for (const rpc of Object.values(manage)) {
    stack.use(
      await serveRpc(queue, rpc, async (call) => {
        managed.push(call)
        return { headers: {}, ...test.manages(call) }
      }),
    )
  }
  stack.use(await serveRpc(queue, countTokens, async () => ({ tokens: test.counted })))
  stack.use(
    await serveRpc(queue, readGeneration, async ({ id }) => {
      if (test.usageAway) throw away()
      return test.archive.get(id) ?? null
    }),
  )
  const kept = new Map<string, KeptCall>()
  stack.use(await startStandInAgent(queue, kept, () => test.agentAway))
  if (options.generations === undefined) {
    stack.use(await startScriptedWorker(memory, () => test.script))
    stack.use(systemClock.every(reapEveryMs, () => void memory.reap()))
  }
  const config = readIngressConfig({ SHUTDOWN_TIMEOUT_MS: '1000', ...options.env })
  const service = stack.use(
    await startIngress(config, {
      generations,
      queue,
      clock,
      logger,
      registry,
      health,
      ...(options.routes ? { routes: options.routes } : {}),
    }),
  )
  if (started) await health.start()
  const server = stack.use(
    await serve(service.handler, {
      host: '127.0.0.1',
      port: 0,
      clock: systemClock,
      limits: options.limits ?? {},
    }),
  )
  const owned = stack.move()
  const test: TestIngress = {
    url: server.url,
    server,
    service,
    generations: memory,
    registry,
    health,
    log,
    onVerify: null,
    authAway: false,
    routerAway: false,
    usageAway: false,
    agentAway: false,
    counted: 42,
    kept,
    archive: new Map(),
    managed,
    manages: () => ({ body: {} }),
    script: options.script ?? unscripted,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
  return test
}
