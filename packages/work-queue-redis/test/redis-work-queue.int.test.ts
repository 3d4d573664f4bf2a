// Needs Redis 7: REDIS_URL.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterAll, describe, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { systemClock } from '@sluice/kernel/clock'
import type { Json, WorkQueue } from '@sluice/work-queue'
import { workQueueContract } from '@sluice/work-queue-testing'
import { createRedisWorkQueue, type RedisWorkQueueOptions } from '../src/redis-work-queue.ts'
import { TcpProxy } from './tcp-proxy.ts'

const url = process.env['REDIS_URL']

if (url === undefined) {
  console.warn('skipped: set REDIS_URL to run the work queue against Redis')
  // A file without a test is an error to the runner. `npm test` names the missing server, and fails for it with REQUIRE_SERVERS=1.
  test.todo('runs against Redis when REDIS_URL is set')
} else {
  runAgainst(url)
}

function runAgainst(redisUrl: string): void {
  const keyPrefix = `test-${randomUUID()}:`
  const proxies = new Map<WorkQueue, TcpProxy>()

  afterAll(async () => {
    for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]()
    await flush()
  })

  function connect(to: string, options: Partial<RedisWorkQueueOptions> = {}): WorkQueue {
    return createRedisWorkQueue({
      url: to,
      keyPrefix,
      clock: systemClock,
      instanceId: 'test',
      ...options,
    })
  }

  async function throughProxy(
    options: Partial<RedisWorkQueueOptions> = {},
  ): Promise<{ queue: WorkQueue; proxy: TcpProxy }> {
    const proxy = await TcpProxy.open(redisUrl)
    const queue = connect(proxy.url, options)
    proxies.set(queue, proxy)
    return { queue, proxy }
  }

  /** What FLUSHALL is to this queue, sparing what others keep in the same server. */
  async function flush(): Promise<void> {
    const redis = new Redis(redisUrl)
    const keys = await redis.keys(`${keyPrefix}*`)
    if (keys.length > 0) await redis.del(...keys)
    await redis.quit()
  }

  workQueueContract({
    name: 'redis',
    create: async () => (await throughProxy()).queue,
    crash: async (queue) => proxies.get(queue)?.cut(),
  })

  describe('redis work queue', () => {
    const away = { code: 'dependency_unavailable', status: 503, retryable: true }

    async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
      const deadline = performance.now() + 10_000
      while (!(await condition())) {
        assert.ok(performance.now() < deadline, `waited in vain for ${String(condition)}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }

    async function assertFailsFast(call: () => Promise<unknown>, withinMs: number): Promise<void> {
      const start = performance.now()
      await assert.rejects(call, away)
      const tookMs = performance.now() - start
      assert.ok(tookMs < withinMs, `took ${String(tookMs)} ms`)
    }

    test('fails every call at once while Redis is away, and works again when it is back', async () => {
      const { queue, proxy } = await throughProxy()
      await using _queue = queue
      await queue.ping()
      proxy.cut()
      await until(() =>
        queue.ping().then(
          () => false,
          () => true,
        ),
      )
      const calls = [
        () => queue.ping(),
        () => queue.enqueue('away', 1),
        () => queue.request('away', 1, { timeoutMs: 60_000 }),
        () => queue.broadcast('away', 1),
        () => queue.depth('away', 'g'),
        () => queue.deadLetters('away', 'g'),
      ]
      for (const call of calls) await assertFailsFast(call, 50)
      proxy.mend()
      await until(() =>
        queue.ping().then(
          () => true,
          () => false,
        ),
      )
      await queue.enqueue('away', 2)
    })

    test('fails the first call too when Redis was never there', async () => {
      await using queue = connect('redis://127.0.0.1:1')
      await assertFailsFast(() => queue.enqueue('never', 1), 1000)
      await assertFailsFast(() => queue.ping(), 50)
    })

    test('closes while it has never been connected', async () => {
      const queue = connect('redis://127.0.0.1:1')
      await queue[Symbol.asyncDispose]()
      await assert.rejects(queue.ping(), away)
    })

    test('gives up on a Redis that went silent without closing the connection', async () => {
      const { queue, proxy } = await throughProxy({ commandTimeoutMs: 200 })
      await using _queue = queue
      await queue.ping()
      proxy.freeze()
      await assertFailsFast(() => queue.enqueue('silent', 1), 1000)
      // The dead socket is dropped, and a new connection gets through.
      await until(() =>
        queue.ping().then(
          () => true,
          () => false,
        ),
      )
    })

    test('rejects waiting requests when the connection is lost', async () => {
      const { queue, proxy } = await throughProxy()
      await using _queue = queue
      await queue.ping()
      const reply = queue.request('nobody', 1, { timeoutMs: 60_000 })
      const rejected = assert.rejects(reply, away)
      await queue.ping()
      proxy.cut()
      await rejected
    })

    test('starts consumers, responders and listeners while Redis is away; they work once it is there', async () => {
      const { queue, proxy } = await throughProxy()
      await using _queue = queue
      proxy.cut()
      const done: Json[] = []
      const heard: Json[] = []
      await queue.consume('early', { group: 'g', concurrency: 1 }, async (job) => {
        done.push(job.payload)
      })
      await queue.respond('early', async (payload) => payload)
      await queue.onBroadcast('early', (message) => heard.push(message))
      proxy.mend()
      await until(() =>
        queue.ping().then(
          () => true,
          () => false,
        ),
      )
      await queue.enqueue('early', 'job')
      assert.equal(await queue.request('early', 'asked', { timeoutMs: 5000 }), 'asked')
      await queue.broadcast('early', 'hint')
      await until(() => done.length === 1 && heard.length === 1)
    })

    test('consumers, responders and listeners go on after a gap', async () => {
      const { queue, proxy } = await throughProxy()
      await using _queue = queue
      await using other = connect(redisUrl)
      const done: Json[] = []
      const heard: Json[] = []
      await queue.consume('gap', { group: 'g', concurrency: 1 }, async (job) => {
        done.push(job.payload)
      })
      await queue.respond('gap', async (payload) => payload)
      await queue.onBroadcast('gap', (message) => heard.push(message))
      await other.enqueue('gap', 'before')
      await until(() => done.length === 1)
      proxy.cut()
      await other.enqueue('gap', 'meanwhile')
      proxy.mend()
      await until(() => done.length === 2)
      assert.equal(await other.request('gap', 'asked', { timeoutMs: 5000 }), 'asked')
      await other.broadcast('gap', 'hint')
      await until(() => heard.length === 1)
      assert.deepEqual(done, ['before', 'meanwhile'])
    })

    test('consumers and responders go on after everything in Redis was deleted, functions included', async () => {
      await using queue = connect(redisUrl)
      const done: Json[] = []
      await queue.consume('flushed', { group: 'g', concurrency: 2 }, async (job) => {
        done.push(job.payload)
      })
      await queue.respond('flushed', async (payload) => payload)
      await queue.enqueue('flushed', 1)
      await until(() => done.length === 1)
      await flush()
      await deleteFunctions(redisUrl)
      await queue.enqueue('flushed', 2)
      await until(() => done.length === 2)
      assert.equal(await queue.request('flushed', 3, { timeoutMs: 5000 }), 3)
      assert.deepEqual(done, [1, 2])
    })

    test('settles a job that ended while Redis was away, and does not do it twice', async () => {
      const { queue, proxy } = await throughProxy()
      await using _queue = queue
      await using other = connect(redisUrl)
      const finish = Promise.withResolvers<void>()
      let deliveries = 0
      const settings = { group: 'g', concurrency: 1, leaseMs: 3000 }
      await queue.consume('settle', settings, async () => {
        deliveries += 1
        await finish.promise
      })
      await other.enqueue('settle', 1)
      await until(() => deliveries === 1)
      proxy.cut()
      finish.resolve()
      await until(() =>
        queue.ping().then(
          () => false,
          () => true,
        ),
      )
      proxy.mend()
      await until(async () => (await other.depth('settle', 'g')) === 0)
      assert.equal(deliveries, 1)
    })

    test('a worker that was overtaken can neither finish nor fail the job of its successor', async () => {
      const { queue: frozen, proxy } = await throughProxy({ commandTimeoutMs: 300 })
      await using _frozen = frozen
      await using queue = connect(redisUrl)
      const settings = { group: 'g', concurrency: 1, leaseMs: 400, maxDeliveries: 2 }
      const zombieMayFail = Promise.withResolvers<void>()
      const heirMayEnd = Promise.withResolvers<void>()
      let zombies = 0
      let heirs = 0
      const zombie = await frozen.consume('fence', settings, async () => {
        zombies += 1
        await zombieMayFail.promise
        throw new Error('planted')
      })
      await queue.enqueue('fence', 1)
      await until(() => zombies === 1)
      proxy.cut()
      await queue.consume('fence', settings, async () => {
        heirs += 1
        await heirMayEnd.promise
      })
      await until(() => heirs === 1)
      proxy.mend()
      await until(() =>
        frozen.ping().then(
          () => true,
          () => false,
        ),
      )
      zombieMayFail.resolve()
      await zombie[Symbol.asyncDispose]()
      assert.equal(await queue.depth('fence', 'g'), 1)
      assert.deepEqual(await queue.deadLetters('fence', 'g'), [])
      heirMayEnd.resolve()
      await until(async () => (await queue.depth('fence', 'g')) === 0)
      assert.equal(heirs, 1)
      assert.deepEqual(await queue.deadLetters('fence', 'g'), [])
    })

    test('leaves nothing in Redis but the empty stream once jobs are done and consumers are gone', async () => {
      await using queue = connect(redisUrl)
      await using redis = disposable(new Redis(redisUrl))
      const consumers = await Promise.all(
        ['a', 'b'].map((group) =>
          queue.consume('clean', { group, concurrency: 5 }, async () => undefined),
        ),
      )
      for (let i = 0; i < 50; i += 1) await queue.enqueue('clean', i)
      await until(
        async () => (await queue.depth('clean', 'a')) + (await queue.depth('clean', 'b')) === 0,
      )
      for (const consumer of consumers) await consumer[Symbol.asyncDispose]()
      const stream = `${keyPrefix}work:{clean}`
      assert.equal(await redis.client.xlen(stream), 0)
      for (const group of ['a', 'b']) {
        assert.deepEqual(await redis.client.call('XINFO', 'CONSUMERS', stream, group), [])
      }
    })

    test('refuses a consumer that Redis refuses, and stays usable', async () => {
      await using queue = connect(redisUrl)
      await using redis = disposable(new Redis(redisUrl))
      await redis.client.set(`${keyPrefix}work:{taken}`, 'not a stream')
      const consumer = queue.consume('taken', { group: 'g', concurrency: 1 }, async () => undefined)
      await assert.rejects(consumer, /WRONGTYPE/)
      await queue.ping()
    })

    test('requests nobody takes expire, and remembers dedupe ids for ten minutes', async () => {
      await using queue = connect(redisUrl)
      await using redis = disposable(new Redis(redisUrl))
      const line = `${keyPrefix}rpc:{expiring}`
      const lost = [0, 1, 2].map((i) => queue.request('expiring', i, { timeoutMs: 150 + i }))
      await Promise.allSettled(lost)
      await until(async () => (await redis.client.exists(line)) === 0)
      await queue.enqueue('remembered', 1, { dedupeId: 'once' })
      const ttl = await redis.client.pttl(`${keyPrefix}work:{remembered}:dedupe:once`)
      assert.ok(ttl > 590_000 && ttl <= 600_000, String(ttl))
    })

    test('drops requests whose callers gave up from a line that stays in use', async () => {
      await using queue = connect(redisUrl)
      await using redis = disposable(new Redis(redisUrl))
      const patient = queue.request('mixed', 'patient', { timeoutMs: 10_000 })
      const hasty = [0, 1, 2].map((i) => queue.request('mixed', i, { timeoutMs: 50 }))
      await Promise.allSettled(hasty)
      const line = await redis.client.lrange(`${keyPrefix}rpc:{mixed}`, 0, -1)
      assert.equal(line.length, 4)
      const deadlines = line.map((entry) => Number.parseInt(entry, 10)).toSorted((a, b) => a - b)
      // Redis started counting when they arrived.
      for (;;) {
        const [seconds, microseconds] = await redis.client.time()
        if (Number(seconds) * 1_000 + Number(microseconds) / 1_000 > (deadlines[2] ?? 0)) break
      }
      const handled: Json[] = []
      await queue.respond('mixed', async (payload) => {
        handled.push(payload)
        return 'here'
      })
      assert.equal(await patient, 'here')
      assert.deepEqual(handled, ['patient'])
    })
  })
}

function disposable(client: Redis): AsyncDisposable & { client: Redis } {
  return { client, [Symbol.asyncDispose]: async () => void (await client.quit()) }
}

async function deleteFunctions(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl)
  const libraries = (await redis.call(
    'FUNCTION',
    'LIST',
    'LIBRARYNAME',
    'sluice_work_queue_*',
  )) as string[][]
  for (const library of libraries) await redis.call('FUNCTION', 'DELETE', String(library[1]))
  await redis.quit()
}
