import { beforeAll, describe, expect, test } from '@jest/globals'
import { Client } from 'pg'
import { blockResources } from './support/block-resources.ts'
import { errorOf, eventually } from './support/gateway.ts'
import {
  type OwnFolder,
  ownFolder,
  type OwnGateway,
  runGateway,
  spawnGateway,
  startGateway,
  statusOf,
} from './support/own-gateway.ts'
import { missingServers, type OwnServers, startOwnServers } from './support/own-servers.ts'
import { kafkaEvents } from './support/topic-events.ts'
import { type UsageEvents, watchUsageEvents } from './support/usage-events.ts'

const missing = missingServers()

interface Readiness {
  readonly status: string
  readonly adapters: Record<string, string>
  readonly checks: readonly { readonly name: string; readonly ok: boolean }[]
}

async function readiness({ api }: OwnGateway): Promise<Readiness & { readonly http: number }> {
  const response = await fetch(`${api}/readyz`)
  return { ...((await response.json()) as Readiness), http: response.status }
}

const failing = ({ checks }: Readiness) => checks.filter(({ ok }) => !ok).map(({ name }) => name)

const factTopics = [
  'gateway_conversations',
  'gateway_usage',
  'sluice.route.decided.v1',
  'sluice.generation.finished.v1',
]
const requestOf = (value: string) => (JSON.parse(value) as { request_id: string }).request_id

const question = { model: 'demo/chat', messages: [{ role: 'user', content: 'Hello' }] }

/** One call that must work; its id. */
async function ask(gateway: OwnGateway, stream = false): Promise<string> {
  const response = await gateway.chat({ ...question, stream })
  const text = await response.text()
  expect({ status: response.status, text }).toEqual({ status: 200, text: expect.any(String) })
  expect(text).toMatch(stream ? /data: \[DONE\]\n\n$/ : /"finish_reason":"stop"/)
  return response.headers.get('x-request-id') ?? ''
}

/** Resolves when calls work again, without a restart. */
function answersAgain(gateway: OwnGateway): Promise<true> {
  return eventually(
    'calls to work again',
    async () => {
      const response = await gateway.chat(question)
      await response.text()
      return response.status === 200 ? true : undefined
    },
    20_000,
  )
}

if (missing.length > 0) {
  if (process.env['REQUIRE_SERVERS'] === '1') throw new Error(missing.join('\n'))
  console.warn(`skipped:\n${missing.join('\n')}`)
  // A file without a test is an error to the runner; what is missing was said above.
  test.skip('needs Redis, Postgres and Kafka as processes', () => undefined)
} else {
  describe('one process on stores that are servers', () => {
    let folder: OwnFolder
    let servers: OwnServers

    const resources = blockResources()
    beforeAll(async () => {
      folder = resources.use(await ownFolder('stores'))
      servers = resources.use(await startOwnServers(folder.path))
    }, 120_000)

    const environment = () => ({
      REDIS_URL: servers.urls.redis,
      DATABASE_URL: servers.urls.postgres,
      KAFKA_BROKERS: servers.urls.kafka,
    })

    async function inLedger(requestIds: readonly string[]): Promise<void> {
      const client = new Client(servers.urls.postgres)
      await client.connect()
      try {
        await eventually('the ledger rows', async () => {
          const { rows } = await client.query(
            'SELECT 1 FROM usage.customer_ledger WHERE request_id = ANY($1::uuid[])',
            [requestIds],
          )
          return rows.length === requestIds.length ? true : undefined
        })
      } finally {
        await client.end()
      }
    }

    const embedded = {
      generations: 'memory',
      queue: 'memory',
      events: 'database',
      database: 'pglite',
    }

    test.each([
      { variable: 'REDIS_URL', switched: { generations: 'redis', queue: 'redis' } },
      { variable: 'DATABASE_URL', switched: { database: 'postgres' } },
      { variable: 'KAFKA_BROKERS', switched: { events: 'kafka' } },
    ] as const)(
      'M-314, M-310: $variable alone switches that store, and calls work on it',
      async ({ variable, switched }) => {
        const env = { [variable]: environment()[variable] }
        await using gateway = await startGateway({ dir: folder.path, env })
        const adapters = { ...embedded, ...switched }
        expect((await readiness(gateway)).adapters).toEqual(adapters)
        const line = Object.entries(adapters)
          .map((each) => each.join('='))
          .join('  ')
        await eventually('the banner', () =>
          Promise.resolve(gateway.stderr.includes(`adapters  ${line}`) ? true : undefined),
        )
        const ids = [await ask(gateway), await ask(gateway, true)]
        if (variable === 'DATABASE_URL') await inLedger(ids)
        if (variable === 'KAFKA_BROKERS') {
          await using events = await watchUsageEvents(servers.urls.kafka)
          await events.seen(ids)
        }
        gateway.signal('SIGTERM')
        expect((await gateway.exited).code).toBe(0)
      },
      60_000,
    )

    test('M-301, B-05: Redis away at the start: started, not ready, and serving as soon as it is there', async () => {
      await servers.stop('redis')
      const env = { REDIS_URL: servers.urls.redis, HEALTH_INTERVAL_MS: '300' }
      await using gateway = await spawnGateway({ dir: folder.path, env })
      try {
        await eventually(
          'the banner',
          () => Promise.resolve(gateway.stderr.includes('curl') ? true : undefined),
          60_000,
        )
        expect(gateway.stderr).toMatch(/calls get 503 until these answer: .*generations/)
        expect(await statusOf(`${gateway.api}/readyz`)).toBe(503)
        expect((await gateway.chat(question)).status).toBe(503)
      } finally {
        await servers.start('redis')
      }
      await answersAgain(gateway)
    }, 120_000)

    test('Postgres away at the start: one line that says so, and exit 1', async () => {
      const env = { DATABASE_URL: 'postgres://sluice@127.0.0.1:1/sluice' }
      const { code, stderr } = await runGateway({ dir: folder.path, env })
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^Postgres: .*\n$/),
      })
    }, 60_000)

    /** The tests follow each other on one gateway, which is never restarted. */
    describe('when one of them is away', () => {
      let gateway: OwnGateway
      let events: UsageEvents

      const resources = blockResources()
      beforeAll(async () => {
        const env = {
          ...environment(),
          HEALTH_INTERVAL_MS: '300',
          HEALTH_TIMEOUT_MS: '300',
          SHUTDOWN_TIMEOUT_MS: '2000',
        }
        gateway = resources.use(await startGateway({ dir: folder.path, env }))
        events = resources.use(await watchUsageEvents(servers.urls.kafka))
        await ask(gateway)
      }, 60_000)

      const becomes = (status: string, http: number, checks: readonly string[]) =>
        eventually(`readiness ${status}`, async () => {
          const now = await readiness(gateway)
          const holds = now.status === status && now.http === http
          return holds && checks.every((name) => failing(now).includes(name)) ? true : undefined
        })

      const outbox = async () => {
        const text = await (await fetch(`${gateway.observability}/metrics`)).text()
        return Number(/^gateway_outbox_backlog (\d+)$/m.exec(text)?.[1])
      }

      async function refusedSoon(): Promise<void> {
        const asked = performance.now()
        const response = await gateway.chat(question)
        expect(response.status).toBe(503)
        expect((await errorOf(response)).code).toBe('dependency_unavailable')
        expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
        expect(performance.now() - asked).toBeLessThan(2_500)
      }

      test.each(['frozen', 'stopped'] as const)(
        'M-314, M-301: Redis %s: 503 with Retry-After at once, never a hang; then it goes on by itself',
        async (how) => {
          const open = await gateway.chat(
            { ...question, stream: true },
            { headers: { 'x-demo-tokens': '50', 'x-demo-interval-ms': '100' } },
          )
          const ending = open.text().catch(() => 'broken')
          if (how === 'frozen') servers.freeze('redis')
          else await servers.stop('redis')
          try {
            await refusedSoon()
            await Promise.all(Array.from({ length: 20 }, refusedSoon))
            await becomes('unavailable', 503, ['generations', 'queue'])
            await refusedSoon()
            expect(await statusOf(`${gateway.api}/health`)).toBe(200)
          } finally {
            if (how === 'frozen') servers.thaw('redis')
            else await servers.start('redis')
          }
          await answersAgain(gateway)
          await becomes('ok', 200, [])
          // Whole, an error event, or a broken connection: never an end that looks like one.
          expect(await ending).toMatch(/data: \[DONE\]\n\n$|"error"|^broken$/)
        },
        90_000,
      )

      test('M-300, M-301: Postgres away: known keys go on, unknown ones get 503 and not 401; the ledger catches up', async () => {
        await servers.stop('postgres')
        const ids: string[] = []
        try {
          for (let call = 0; call < 5; call += 1) ids.push(await ask(gateway, call % 2 === 0))
          const unknown = await gateway.chat(question, { key: 'a-key-that-was-never-seen-before' })
          expect(unknown.status).toBe(503)
          expect(unknown.headers.get('retry-after')).not.toBeNull()
          await unknown.text()
          await becomes('unavailable', 503, ['database'])
          // Once of a few times: the machine may be busy with something else.
          await eventually('/health within 100 ms', async () => {
            const asked = performance.now()
            expect(await statusOf(`${gateway.api}/health`)).toBe(200)
            return performance.now() - asked < 100 ? true : undefined
          })
        } finally {
          await servers.start('postgres')
        }
        await becomes('ok', 200, [])
        await inLedger(ids)
        await events.seen(ids)
        const unknown = await gateway.chat(question, { key: 'a-key-that-was-never-seen-before' })
        expect(unknown.status).toBe(401)
        await unknown.text()
      }, 90_000)

      test('M-260, M-301, B-05: Kafka away under load: no call fails, the outbox grows, and everything arrives when Kafka is back', async () => {
        const ids: string[] = []
        const load = async (calls: number) => {
          for (let call = 0; call < calls; call += 1) ids.push(await ask(gateway, call % 2 === 0))
        }
        await load(3)
        await servers.stop('kafka')
        try {
          await Promise.all(Array.from({ length: 6 }, () => load(10)))
          // Of each call its bill, decision and end, what was asked and what was answered.
          await eventually('the outbox to hold them', async () =>
            (await outbox()) >= 5 * 60 ? true : undefined,
          )
          await becomes('degraded', 200, ['events'])
          await load(1)
        } finally {
          await servers.start('kafka')
        }
        await eventually(
          'an empty outbox',
          async () => ((await outbox()) === 0 ? true : undefined),
          60_000,
        )
        await becomes('ok', 200, [])
        // By a consumer of its own: one that was there before may have given up.
        const found = await kafkaEvents(servers.urls.kafka, factTopics, (read) => {
          const there = new Set(read.map(({ topic, value }) => `${topic} ${requestOf(value)}`))
          return ids.flatMap((id) => factTopics.filter((topic) => !there.has(`${topic} ${id}`)))
        })
        for (const id of ids) {
          const turns = found.filter(
            ({ topic, value }) => topic === 'gateway_conversations' && requestOf(value) === id,
          )
          // At least once: a batch that was on its way when Kafka left may come twice, by the same ids.
          const told = new Set(turns.map(({ headers }) => headers['ce_id']))
          expect(told).toEqual(new Set([`${id}:0`, `${id}:1`]))
        }
      }, 180_000)

      // The last one: it ends the gateway.
      test('M-305: stopped while Redis is frozen, it ends in time', async () => {
        servers.freeze('redis')
        try {
          const stopped = performance.now()
          gateway.signal('SIGTERM')
          const { code } = await gateway.exited
          expect([0, 1]).toContain(code) // by itself: nobody had to kill it
          expect(performance.now() - stopped).toBeLessThan(10_000)
        } finally {
          servers.thaw('redis')
        }
      }, 60_000)
    })
  })
}
