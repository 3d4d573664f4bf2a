import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { mountSmallDisk, whyNoSmallDisk } from '@sluice/testkit/small-disk'
import { Client } from 'pg'
import { isOnThisMachine } from '../tools/src/servers/make-available.ts'
import { serversDown, serversUp } from '../tools/src/servers/servers.ts'
import { blockResources } from './support/block-resources.ts'
import { errorOf, eventually } from './support/gateway.ts'
import { ownFolder, type OwnGateway, startGateway } from './support/own-gateway.ts'

const stores = ['redis', 'postgres'] as const
const missing = stores.filter((name) => !isOnThisMachine(name))
const why = missing.length > 0 ? `${missing.join(' and ')} is not installed` : whyNoSmallDisk()
if (why !== null) console.warn(`skipped, stores on full disks: ${why}`)

const question = { model: 'demo/chat', messages: [{ role: 'user', content: 'Hello' }] }
const full: unknown = expect.stringContaining('No space left on device')

interface Readiness {
  readonly status: string
  readonly checks: readonly {
    readonly name: string
    readonly ok: boolean
    readonly error?: string
  }[]
}

// One process: which stores are full does not depend on how many there are.
;(why === null ? describe : describe.skip)('FM45 stores on full disks', () => {
  const resources = blockResources()
  let gateway: OwnGateway
  let redis: ReturnType<typeof mountSmallDisk>
  let postgres: ReturnType<typeof mountSmallDisk>
  let database: string
  const accepted: string[] = []
  const refused: string[] = []
  const earlier = new Set<string>()

  beforeAll(async () => {
    const folder = resources.use(await ownFolder('disk-full'))
    await chmod(folder.path, 0o711) // Postgres runs as another user than root
    const servers = join(folder.path, 'servers')
    redis = resources.use(mountSmallDisk(128, join(servers, 'redis')))
    postgres = resources.use(mountSmallDisk(256, join(servers, 'postgres')))
    resources.defer(() => serversDown(servers))
    const { variables } = await serversUp(servers, stores)
    database = variables['DATABASE_URL'] ?? ''
    const env = { ...variables, HEALTH_INTERVAL_MS: '300', HEALTH_TIMEOUT_MS: '1000' }
    gateway = resources.use(await startGateway({ dir: folder.path, env }))
  }, 180_000)

  async function ask(stream = false): Promise<Response> {
    const response = await gateway.chat({ ...question, stream })
    const id = response.headers.get('x-request-id') ?? ''
    if (response.status !== 200) refused.push(id)
    else accepted.push(id)
    return response
  }

  function logged(message: string): Promise<true> {
    return eventually(`the line "${message}"`, () =>
      Promise.resolve(gateway.stdout.includes(message) ? true : undefined),
    )
  }

  async function becomes(status: string, check: object): Promise<void> {
    await eventually(
      `readiness ${status}`,
      async () => {
        const now = (await (await fetch(`${gateway.api}/readyz`)).json()) as Readiness
        if (now.status !== status) return undefined
        expect(now.checks).toContainEqual(expect.objectContaining(check))
        return true
      },
      30_000,
    )
  }

  async function answersAgain(): Promise<void> {
    await eventually(
      'calls to work again',
      async () => {
        const response = await ask()
        await response.text()
        return response.status === 200 ? true : undefined
      },
      30_000,
    )
  }

  test('the disk of Redis: 503 with Retry-After before anything is accepted, told of, and over by itself', async () => {
    for (const stream of [false, true]) expect((await ask(stream)).status).toBe(200)
    redis.fill()
    try {
      // Those that the server had taken when its disk ended are accepted: they may wait for an answer, and be billed.
      await eventually('a refusal', async () => {
        const response = await gateway.chat(question)
        earlier.add(response.headers.get('x-request-id') ?? '')
        await response.text()
        return response.status === 200 ? undefined : true
      })
      for (let call = 0; call < 5; call += 1) {
        const response = await ask(call % 2 === 0)
        expect(response.status).toBe(503)
        expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
        expect((await errorOf(response)).code).toBe('dependency_unavailable')
      }
      const unknown = await gateway.chat(question, { key: 'a-key-that-was-never-seen-before' })
      expect(unknown.status).toBe(503)
      await unknown.text()
      await becomes('unavailable', { name: 'generations', ok: false, error: full })
      await logged('redis: refuses what is asked of it')
    } finally {
      redis.free()
    }
    await answersAgain()
    await becomes('ok', { name: 'generations', ok: true })
  }, 90_000)

  test('the disk of Postgres: no call fails, bills wait and somebody is told; then each of them is there once', async () => {
    postgres.fill()
    try {
      await eventually(
        'a ledger that takes no bills',
        async () => {
          const response = await ask()
          expect(response.status).toBe(200)
          await response.text()
          const metrics = await (await fetch(`${gateway.observability}/metrics`)).text()
          return /^gateway_ledger_failures_total [1-9]/m.test(metrics) ? true : undefined
        },
        60_000,
      )
      await becomes('degraded', { name: 'ledger', ok: false, error: full })
      await logged('the ledger takes no bills: they wait')
      const metrics = await (await fetch(`${gateway.observability}/metrics`)).text()
      expect(Number(/^gateway_usage_backlog (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0)
    } finally {
      postgres.free()
    }
    await answersAgain()
    await becomes('ok', { name: 'ledger', ok: true })
    const client = new Client(database)
    await client.connect()
    try {
      const billed = await eventually(
        'every bill',
        async () => {
          const { rows } = await client.query<{ request_id: string }>(
            'SELECT request_id FROM usage.customer_ledger',
          )
          const known = rows.filter(({ request_id }) => !earlier.has(request_id))
          return known.length >= accepted.length ? known : undefined
        },
        30_000,
      )
      expect(billed.map(({ request_id }) => request_id).toSorted()).toEqual(accepted.toSorted())
      expect(refused.length).toBeGreaterThanOrEqual(5)
    } finally {
      await client.end()
    }
  }, 120_000)
})
