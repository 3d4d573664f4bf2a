import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { loadavg } from 'node:os'
import process from 'node:process'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { conversationTurnRecorded } from '@sluice/contracts/topics/conversation-turn-recorded'
import { generationFinished } from '@sluice/contracts/topics/generation-finished'
import { routeDecided } from '@sluice/contracts/topics/route-decided'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import type { NewEvent } from '@sluice/event-log'
import { createKafkaEventLog } from '@sluice/event-log-kafka'
import { systemClock } from '@sluice/kernel/clock'
import { newRequestId } from '@sluice/kernel/ids'
import { createLogger } from '@sluice/kernel/logger'
import { OutboxRelay } from '@sluice/outbox/outbox-relay'
import { createRelayMetrics } from '@sluice/outbox/relay-metrics'
import { openPostgres } from '@sluice/store-postgres/postgres-database'
import { createPostgresUsageStore } from '@sluice/store-postgres/postgres-usage-store'
import { Registry } from 'prom-client'
import { cpuMicros } from '../bench/processes.ts'
import { readServersFile } from '../servers/servers-file.ts'
import { serversDown, serversUp } from '../servers/servers.ts'

export interface RelayBenchOptions {
  readonly events: number
  /** Events per batch. */
  readonly batch: number
  /** Where V8's CPU profile of the draining goes. */
  readonly profile: string | null
}

/** What a call leaves: its bill, its decision, its end, a question and an answer. */
const mix = [
  usageRecorded,
  routeDecided,
  generationFinished,
  conversationTurnRecorded,
  conversationTurnRecorded,
]
const valueBytes = [1_100, 450, 420, 800, 1_200]

export async function runRelayBench(
  dir: string,
  { events: wanted, batch, profile }: RelayBenchOptions,
): Promise<string> {
  const { variables, problems } = await serversUp(dir, ['postgres', 'kafka'])
  try {
    for (const [name, problem] of problems) throw new Error(`${name}: ${problem}`)
    const pidOf = (name: string) =>
      readServersFile(dir).servers.find((server) => server.name === name)?.process?.pid ?? 0
    await using database = await openPostgres({ url: variables['DATABASE_URL'] ?? '', poolMax: 4 })
    await using log = createKafkaEventLog({
      brokers: [variables['KAFKA_BROKERS'] ?? ''],
      clientId: 'relay-bench',
      clock: systemClock,
    })
    await log.createTopics(allTopics)
    const store = await createPostgresUsageStore(database, { events: log })
    let stored = 0
    for (let round = 0; stored < wanted; round += 1) {
      const place = round % mix.length
      const topic = mix[place]?.name ?? ''
      await store.put([{ topic, events: eventsOf(place, batch) }])
      stored += batch
    }
    const servers = () => ({
      relay: ownCpuMicros(),
      postgres: cpuMicros([pidOf('postgres')])[0] ?? 0,
      kafka: cpuMicros([pidOf('kafka')])[0] ?? 0,
    })
    using profiler = profile === null ? null : await startProfiler()
    const load = loadavg()[0] ?? 0
    const before = servers()
    const startedAt = performance.now()
    const registry = new Registry()
    const relay = new OutboxRelay({
      outbox: store,
      events: log,
      clock: systemClock,
      logger: createLogger({ service: 'relay-bench', level: 'warn' }),
      metrics: createRelayMetrics(registry, () => store.backlog()),
      intervalMs: 200,
    })
    while ((await store.backlog()) > 0) await new Promise((resolve) => setTimeout(resolve, 100))
    const seconds = (performance.now() - startedAt) / 1_000
    const after = servers()
    await relay[Symbol.asyncDispose]()
    if (profiler && profile) writeFileSync(profile, await profiler.stop())
    const each = (name: keyof typeof after) =>
      `${((after[name] - before[name]) / stored).toFixed(1)} µs`
    return [
      `${String(stored)} events in ${seconds.toFixed(1)} s: ${Math.round(stored / seconds).toLocaleString('en')} events/s, load average ${load.toFixed(1)} before`,
      `CPU per event: relay ${each('relay')}, Postgres ${each('postgres')}, Kafka ${each('kafka')}`,
    ].join('\n')
  } finally {
    await serversDown(dir)
  }
}

async function startProfiler() {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  return {
    stop: async () => JSON.stringify((await session.post('Profiler.stop')).profile),
    [Symbol.dispose]: () => {
      session.disconnect()
    },
  }
}

function ownCpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function eventsOf(place: number, count: number): NewEvent[] {
  const topic = mix[place]
  return Array.from({ length: count }, (_, i) => {
    const now = systemClock.now()
    const id = newRequestId(now)
    const key = topic === conversationTurnRecorded ? `default/user-${String(i % 100)}` : id
    // Text that compresses as text does.
    const words = Array.from({ length: 12 }, () => id.slice(24)).join(' ')
    const text = `${words} ${'the water rises behind the gate '.repeat(100)}`
    const value = JSON.stringify({ request_id: id, text: text.slice(0, valueBytes[place]) })
    const attributes = {
      id,
      source: '/sluice/usage',
      type: topic?.type ?? '',
      subject: id,
      time: new Date(now).toISOString(),
      tenant: 'default',
      schemaversion: '1',
    }
    return { key, value, attributes }
  })
}
