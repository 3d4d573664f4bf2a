import type { RequestListener } from 'node:http'
import { type CatalogueSource, openCatalogue } from '@sluice/catalogue/open-catalogue'
import type { EventLog } from '@sluice/event-log'
import type { Generations } from '@sluice/generations'
import { sleep } from '@sluice/kernel/clock'
import { configurationError, type Environment, readTogether } from '@sluice/kernel/env'
import { type HttpServer, serve } from '@sluice/kernel/http-server'
import type { RunningProcess } from '@sluice/kernel/run'
import type { Service, ServiceDependencies } from '@sluice/kernel/service'
import type { KeyRing } from '@sluice/secret-box'
import type { Database } from '@sluice/store-postgres/database'
import type { WorkQueue } from '@sluice/work-queue'
import { openDatabase, openEventLog, openGenerations, openWorkQueue } from './adapters.ts'
import { type AdaptersConfig, readAdaptersConfig } from './adapters-config.ts'
import { readApiAddress } from './api-address.ts'
import { openKeyRing, requireBusKey } from './key-ring.ts'
import { type ProcessBasics, startProcessBasics } from './process-basics.ts'
import { type ProcessConfig, readProcessConfig } from './process-config.ts'

export interface ServiceProcessOptions {
  readonly name: string
  readonly env: Environment
  readonly processId: number
  /** Owns tables. `if-given`: works without them, and says `degraded` while they are away. */
  readonly needsDatabase: boolean | 'if-given'
  /** Unless SHUTDOWN_TIMEOUT_MS says otherwise. */
  readonly shutdownTimeoutMs: number
  readonly start: (parts: ServiceParts) => Promise<Service>
}

/** What a connection that is no open answer may take longer than those. */
const leftoverMs = 1_000

/** Opens what a service needs, when it asks; everything opened is released in reverse when the process ends. */
export interface ServiceParts {
  readonly env: Environment
  readonly basics: ServiceDependencies
  readonly shutdownTimeoutMs: number
  /** Names this process among its like. */
  readonly instanceId: string
  /** How long ended answers are archived; 0 = not at all. */
  readonly archiveHours: number
  generations(): Promise<Generations>
  queue(): Promise<WorkQueue>
  database(): Promise<Database>
  /** False: it has no address of it (`if-given`). */
  readonly hasDatabase: boolean
  /** What stored credentials are encrypted with; null = they are not stored. */
  keyRing(): KeyRing | null
  events(): Promise<EventLog>
  catalogue(options: { readonly discover: boolean }): Promise<CatalogueSource>
}

/** One service in a process of its own, configured by environment alone. Its stores must be servers: memory cannot be shared. */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<RunningProcess> {
  const { name, env } = options
  const { shutdownTimeoutMs } = options
  const { config, adapters } = readTogether({
    config: () => readProcessConfig(env, { drainDelayMs: 5_000, shutdownTimeoutMs }),
    adapters: () => requireServers(options),
  })
  await using stack = new AsyncDisposableStack()
  const basics = stack.use(await startProcessBasics(name, config))
  const parts = createParts(options, adapters, config, basics, stack)
  const service = stack.use(await options.start(parts))
  await basics.health.start()
  const server = service.handler ? stack.use(await listen(service.handler, env, basics)) : null
  basics.logger.info({ api: server?.url, observability: basics.observability?.url }, 'started')
  const owned = stack.move()
  return {
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    async beginDrain() {
      basics.logger.info('draining')
      basics.health.drain()
      await sleep(basics.clock, config.drainDelayMs)
    },
    async [Symbol.asyncDispose]() {
      // No new connection from here on; on those that are there the service refuses new calls and knows which answers to wait for.
      const closed = server?.drain(config.shutdownTimeoutMs + leftoverMs)
      await service[Symbol.asyncDispose]()
      await closed
      await owned.disposeAsync()
    },
  }
}

function requireServers({
  name,
  env,
  processId,
  needsDatabase,
}: ServiceProcessOptions): AdaptersConfig {
  const adapters = readAdaptersConfig(env, processId, { apart: true })
  const { redis, postgres } = adapters
  const problems: string[] = []
  if (!redis) problems.push(`REDIS_URL: ${name} in a process of its own needs Redis`)
  if (needsDatabase === true && !postgres)
    problems.push(`DATABASE_URL: ${name} in a process of its own needs Postgres`)
  if (problems.length > 0) throw configurationError(problems)
  return adapters
}

function listen(
  handler: RequestListener,
  env: Environment,
  { clock }: ProcessBasics,
): Promise<HttpServer> {
  return serve(handler, { ...readApiAddress(env), clock })
}

function createParts(
  { env, name, needsDatabase }: ServiceProcessOptions,
  adapters: AdaptersConfig,
  config: ProcessConfig,
  basics: ProcessBasics,
  stack: AsyncDisposableStack,
): ServiceParts {
  const { health } = basics
  let opened: Promise<Database> | null = null
  const database = () => {
    if (needsDatabase === false) throw new Error(`${name} did not say that it needs a database`)
    return (opened ??= openDatabase(adapters).then((db) => named('database', db)))
  }
  const named = <Adapter extends AsyncDisposable & { readonly adapter: string }>(
    port: string,
    adapter: Adapter,
  ): Adapter => {
    health.setAdapter(port, adapter.adapter)
    return stack.use(adapter)
  }
  return {
    env,
    basics,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    instanceId: adapters.instanceId,
    archiveHours: adapters.archiveHours,
    generations: async () => named('generations', await openGenerations(adapters, basics)),
    queue: async () => named('queue', await openWorkQueue(adapters, basics)),
    database,
    hasDatabase: adapters.postgres !== null,
    keyRing() {
      requireBusKey(env, config)
      return openKeyRing(env, { production: config.production, dataDir: adapters.dataDir })
    },
    events: async () => named('events', await openEventLog(adapters, await database(), basics)),
    async catalogue({ discover }) {
      const demoUrl = env['DEMO_PROVIDER_URL'] ?? null
      return stack.use(
        await openCatalogue({ env, clock: basics.clock, logger: basics.logger, demoUrl, discover }),
      )
    },
  }
}
