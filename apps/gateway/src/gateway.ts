import { join } from 'node:path'
import {
  openDatabase,
  openEventLog,
  openGenerations,
  openWorkQueue,
} from '@sluice/adapters/adapters'
import { developmentKey } from '@sluice/adapters/development-key'
import { openKeyRing } from '@sluice/adapters/key-ring'
import { openLakeCatalogue } from '@sluice/adapters/lake-catalogue'
import { startProcessBasics } from '@sluice/adapters/process-basics'
import { startAgent } from '@sluice/agent'
import { startAuth } from '@sluice/auth'
import { readAuthConfig } from '@sluice/auth/config'
import type { Catalogue } from '@sluice/catalogue/catalogue'
import { openCatalogue } from '@sluice/catalogue/open-catalogue'
import { createDemoProvider } from '@sluice/demo-provider'
import { startIngress } from '@sluice/ingress'
import { sleep } from '@sluice/kernel/clock'
import type { Environment } from '@sluice/kernel/env'
import { serve } from '@sluice/kernel/http-server'
import type { RunningProcess } from '@sluice/kernel/run'
import { startLake } from '@sluice/lake-service'
import { startProviderAdapter } from '@sluice/provider-adapter'
import { startRouter } from '@sluice/router'
import { hasDatabase } from '@sluice/store-postgres/data-folder'
import { createPostgresAccountStore } from '@sluice/store-postgres/postgres-account-store'
import { createPostgresArchiveStore } from '@sluice/store-postgres/postgres-archive-store'
import { createPostgresAuditStore } from '@sluice/store-postgres/postgres-audit-store'
import { createPostgresErasureStore } from '@sluice/store-postgres/postgres-erasure-store'
import { createPostgresPersonalCalls } from '@sluice/store-postgres/postgres-personal-calls'
import { createPostgresAuthStore } from '@sluice/store-postgres/postgres-auth-store'
import { createPostgresProviderStore } from '@sluice/store-postgres/postgres-provider-store'
import { createPostgresResponseStore } from '@sluice/store-postgres/postgres-response-store'
import { createPostgresReconciliationStore } from '@sluice/store-postgres/postgres-reconciliation-store'
import { createPostgresUsageReports } from '@sluice/store-postgres/postgres-usage-reports'
import { createPostgresUsageStore } from '@sluice/store-postgres/postgres-usage-store'
import { startUsage } from '@sluice/usage'
import { banner, reachable } from './banner.ts'
import { applyTopics } from './apply-topics.ts'
import { readGatewayConfig } from './config.ts'
import { createFrontDoor } from './front-door.ts'

export interface GatewayOptions {
  readonly env: Environment
  readonly processId: number
  /** Milliseconds since the process was started. */
  readonly sinceStart: () => number
  readonly print: (text: string) => void
}

/** How long the start waits for providers to name their models; they are listed whenever they answer. */
const discoveryMs = 500

/** Every service in this one process, on the adapters that the environment asks for; embedded ones where it is silent. */
export async function startGateway({
  env,
  processId,
  sinceStart,
  print,
}: GatewayOptions): Promise<RunningProcess> {
  const config = readGatewayConfig(env, processId)
  const { address, process, stores, firstMinutes } = config
  const key = firstMinutes.key ?? developmentKey(stores.dataDir)

  await using stack = new AsyncDisposableStack()
  const basics = stack.use(await startProcessBasics('gateway', process))
  const { clock, logger, health } = basics

  // The door is open before the house is ready: early requests get a 503 that says so, not a refused connection.
  const door = createFrontDoor()
  const server = stack.use(await serve(door.handler, { ...address, portFallback: 20, clock }))

  let demoUrl: string | null = env['DEMO_PROVIDER_URL'] ?? null
  if (demoUrl === null && firstMinutes.demo) {
    const demo = stack.use(
      await serve(createDemoProvider({ clock }), { host: '127.0.0.1', port: 0, clock }),
    )
    demoUrl = demo.url
  }
  const catalogue = stack.use(await openCatalogue({ env, clock, logger, demoUrl, discover: true }))

  const generations = stack.use(await openGenerations(stores, basics))
  const queue = stack.use(await openWorkQueue(stores, basics))
  if (!stores.postgres && !hasDatabase(join(stores.dataDir, 'db')))
    print(`First start: making the database in ${stores.dataDir} (some seconds) …`)
  const database = stack.use(await openDatabase(stores))
  const events = stack.use(await openEventLog(stores, database, basics))
  const adapters = {
    generations: generations.adapter,
    queue: queue.adapter,
    events: events.adapter,
    database: database.adapter,
  }
  for (const [port, adapter] of Object.entries(adapters)) health.setAdapter(port, adapter)
  stack.use(applyTopics(events, basics))

  const keyRing = openKeyRing(env, { ...process, dataDir: stores.dataDir })
  const authStore = await createPostgresAuthStore(database, { events })
  const auditStore = await createPostgresAuditStore(database)
  const usageStore = await createPostgresUsageStore(database, { events })
  const { accounts } = config
  const isOwnMachine = accounts?.publicUrl === null && !process.production
  const auth = {
    ...readAuthConfig({ ...env, AUTH_TOKEN: key }),
    accounts: isOwnMachine ? { ...accounts, linkBase: reachable(server.url) } : accounts,
  }
  stack.use(
    await startAuth(auth, {
      ...basics,
      keyRing,
      store: authStore,
      erasures: await createPostgresErasureStore(database),
      accounts: createPostgresAccountStore(authStore),
      audit: auditStore,
      queue,
      events,
      fileKeys: catalogue,
    }),
  )
  const archive = await createPostgresArchiveStore(database)
  const reports = await createPostgresUsageReports(database)
  const books = await createPostgresReconciliationStore(database)
  const personal = createPostgresPersonalCalls(database)
  const usage = { store: usageStore, reports, books, archive, personal, generations, queue, events }
  // Ends after `usage`, whose last facts it writes.
  const lakeCatalogue = stack.use(await openLakeCatalogue(config.lake.catalogue, basics.clock))
  stack.use(await startLake(config.lake, { ...basics, queue, events, catalogue: lakeCatalogue }))
  stack.use(await startUsage(config.usage, { ...basics, ...usage }))
  const responses = await createPostgresResponseStore(database, { events })
  stack.use(
    await startAgent(config.agent, { ...basics, generations, queue, store: responses, events }),
  )
  // The shutdown below has waited for running work already: what is left then ends at once, with a terminal error.
  const adapterConfig = {
    ...config.providerAdapter,
    shutdownTimeoutMs: 0,
    handOver: generations.adapter !== 'memory',
    instance: stores.instanceId,
    keyRing,
  }
  const providerAdapter = stack.use(
    await startProviderAdapter(adapterConfig, { ...basics, generations, queue, catalogue }),
  )
  const providerStore = await createPostgresProviderStore(database, { events })
  const router = {
    ...basics,
    generations,
    queue,
    catalogue,
    events,
    store: async () => providerStore,
  }
  stack.use(await startRouter({ ...config.router, keyRing }, router))
  const ingressConfig = {
    ...config.ingress,
    // Long enough to pass the terminal errors on that the provider-adapter writes at the deadline.
    shutdownTimeoutMs: process.shutdownTimeoutMs + 2_000,
  }
  const ingress = stack.use(
    await startIngress(ingressConfig, { ...basics, generations, queue, keyRing }),
  )
  await Promise.all([
    health.start(),
    Promise.race([catalogue.discovered, sleep(clock, discoveryMs)]),
  ])
  door.open(ingress.handler)

  print(
    banner({
      apiUrl: server.url,
      portTaken: server.port === address.port || address.port === 0 ? null : address.port,
      observabilityUrl: basics.observability?.url ?? null,
      key: firstMinutes.key === null ? key : null,
      providers: offeredProviders(catalogue.current),
      adapters,
      embedded: generations.adapter === 'memory',
      startedInMs: sinceStart(),
      awaited: health
        .readiness()
        .checks.flatMap(({ name, required, ok }) => (required && !ok ? [name] : [])),
    }),
  )

  const owned = stack.move()
  return {
    shutdownTimeoutMs: process.shutdownTimeoutMs,
    async beginDrain() {
      health.drain()
      const seconds = Math.ceil(process.shutdownTimeoutMs / 1_000)
      print(`Draining: open answers have ${String(seconds)} s to end. Once more ends at once.`)
      await sleep(clock, process.drainDelayMs)
    },
    async [Symbol.asyncDispose]() {
      // No new connection from here on; a new call on one that is there gets a 503 that says why.
      const closed = server.drain(process.shutdownTimeoutMs + 3_000)
      const answered = ingress[Symbol.asyncDispose]()
      await Promise.race([answered, sleep(clock, process.shutdownTimeoutMs)])
      await providerAdapter[Symbol.asyncDispose]()
      await answered
      await closed
      await owned.disposeAsync()
    },
  }
}

/** Providers that have a model to offer: a local server that was looked for and is not there is not worth a word. */
function offeredProviders({ models }: Catalogue): string[] {
  return [...new Set([...models.values()].map((model) => model.provider))]
}
