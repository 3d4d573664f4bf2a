// Needs the program redis-server: each test has a server and a replica of its own. Runs when REDIS_URL is set, like its neighbours.
import assert from 'node:assert/strict'
import { afterAll, describe, test } from '@jest/globals'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { Tail } from '@sluice/generations'
import { generationsContract } from '@sluice/generations-testing'
import { endOf, part } from '@sluice/generations-testing/fixtures'
import {
  appended,
  assertLogIsWhole,
  drained,
  eventually,
  logOf,
  running,
  stateOf,
  textOf,
  usageTaken,
} from '@sluice/generations-testing/steps'
import { GatewayError } from '@sluice/kernel/errors'
import { createRedisHarness, type RedisHarness } from './redis-harness.ts'
import { hasRedisServer, RedisServer } from './redis-server.ts'
import { TcpProxy } from './tcp-proxy.ts'

const enabled = process.env['REDIS_URL'] !== undefined && hasRedisServer()
if (!enabled)
  console.warn('skipped: set REDIS_URL and install redis-server to fail over to a replica')

const timing = { leaseMs: 3_000, heartbeatMs: 250 }

interface Pair extends AsyncDisposable {
  readonly url: string
  readonly harness: RedisHarness
  readonly replica: RedisServer
  /** What follows never reaches the replica. */
  partition(): Promise<void>
  /** The server dies, its replica takes over, and the server comes back as a replica of that. */
  failOver(): Promise<void>
}

async function openPair(highlyAvailable: boolean): Promise<Pair> {
  const stack = new AsyncDisposableStack()
  const server = stack.use(await RedisServer.start({ appendOnly: true }))
  const replica = stack.use(await RedisServer.start({ appendOnly: true }))
  await replica.follow(server)
  const proxy = stack.use(await TcpProxy.start(server.port))
  const harness = stack.use(await createRedisHarness(proxy.url, { timing, highlyAvailable }))
  return {
    url: proxy.url,
    harness,
    replica,
    async partition() {
      await replica.caughtUp(server)
      await replica.command('replicaof', 'no', 'one')
    },
    async failOver() {
      await server.kill()
      replica.thaw()
      await replica.command('replicaof', 'no', 'one')
      proxy.switchTo(replica.port)
      await server.start()
      await server.follow(replica)
      await eventually(harness, 'the replica serves', () =>
        harness.peer.ping().then(
          () => true,
          () => false,
        ),
      )
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  }
}

async function pulled(tail: Tail, count: number): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  while (entries.length < count) entries.push(...((await tail.next()) ?? []))
  return entries
}

;(enabled ? describe : describe.skip)('generations when a replica takes over', () => {
  test('HA: an entry is shown when the replica has it, not before (FM25)', async () => {
    await using pair = await openPair(true)
    const { generations, peer } = pair.harness
    const { request, claim } = await running(pair.harness)
    await appended(generations, claim, 'a')
    using tail = peer.tail(request.id, { after: null, fresh: false })
    assert.equal(textOf(await pulled(tail, 1)), 'a')
    pair.replica.freeze()
    const append = generations.append(claim, [part('b')])
    const next = tail.next()
    const first = await Promise.race([
      next.then(() => 'shown'),
      pair.harness.advance(600).then(() => 'not shown'),
    ])
    assert.equal(first, 'not shown')
    assert.equal(textOf(await logOf(peer, request.id)), 'a')
    pair.replica.thaw()
    assert.equal(textOf((await next) ?? []), 'b')
    assert.ok((await append).ok)
    assert.ok((await generations.finish(claim, part('c'), endOf(request))).ok)
    const rest = await drained(pair.harness, tail)
    assert.equal(textOf(rest), 'c')
    assert.equal(await stateOf(peer, request.id), 'completed')
  }, 30_000)

  test('HA: what was delivered survives the server, and the answer goes on after it (FM25)', async () => {
    await using pair = await openPair(true)
    const { generations, peer } = pair.harness
    const { request, claim } = await running(pair.harness)
    using tail = peer.tail(request.id, { after: null, fresh: false })
    const seen: LogEntry[] = []
    for (const text of 'abcdef') await appended(generations, claim, text)
    seen.push(...(await pulled(tail, 6)))
    // Not confirmed when the server dies: shown to nobody, and written again.
    pair.replica.freeze()
    const append = generations.append(claim, [part('g')])
    await pair.harness.advance(300)
    await pair.failOver()
    assert.ok((await append).ok)
    assert.ok((await generations.finish(claim, part('h'), endOf(request))).ok)
    seen.push(...(await drained(pair.harness, tail)))
    assert.equal(textOf(seen), 'abcdefgh')
    const log = await logOf(peer, request.id)
    assertLogIsWhole(log)
    assert.deepEqual(seen, log)
    const { records, taking } = await usageTaken(pair.harness)
    await using _taking = taking
    await eventually(pair.harness, 'the bill comes', () => records.length > 0)
  }, 40_000)

  test('HA: an end that its writer did not live to show is shown by the reaper', async () => {
    await using pair = await openPair(true)
    const { harness } = pair
    const { generations, peer } = harness
    const { request, claim } = await running(harness)
    await appended(generations, claim, 'a')
    pair.replica.freeze()
    const finish = generations.finish(claim, part('b'), endOf(request))
    finish.catch(() => {})
    await harness.advance(200)
    await generations[Symbol.asyncDispose]()
    pair.replica.thaw()
    await eventually(harness, 'it is shown', async () => {
      await peer.reap().catch(() => {})
      return (await stateOf(peer, request.id)) === 'completed'
    })
    assert.equal(textOf(await logOf(peer, request.id)), 'ab')
  }, 30_000)

  test('default: a client of a writer that died with the server is told log_reset, never shown other tokens (FM24)', async () => {
    await using pair = await openPair(false)
    const { harness } = pair
    const { peer } = harness
    const { request, claim } = await running(harness)
    await appended(harness.generations, claim, 'a')
    using tail = peer.tail(request.id, { after: null, fresh: false })
    const seen = await pulled(tail, 1)
    await pair.partition()
    await appended(harness.generations, claim, 'b')
    seen.push(...(await pulled(tail, 1)))
    assert.equal(textOf(seen), 'ab')
    await harness.generations[Symbol.asyncDispose]()
    await pair.failOver()
    const isReset = (error: unknown) => GatewayError.is(error) && error.code === 'log_reset'
    await assert.rejects(tail.next(), isReset)
    assert.equal(textOf(await logOf(peer, request.id)), 'a')
  }, 40_000)

  test('default: a writer that lives writes again what the replica had not got (FM24)', async () => {
    await using pair = await openPair(false)
    const { generations, peer } = pair.harness
    const { request, claim } = await running(pair.harness)
    await appended(generations, claim, 'a')
    using tail = peer.tail(request.id, { after: null, fresh: false })
    await pair.partition()
    await appended(generations, claim, 'b', 'c')
    const seen = await pulled(tail, 3)
    await pair.failOver()
    assert.ok((await generations.finish(claim, part('d'), endOf(request))).ok)
    seen.push(...(await drained(pair.harness, tail)))
    assert.equal(textOf(seen), 'abcd')
    assert.deepEqual(seen, await logOf(peer, request.id))
  }, 40_000)
})

if (enabled) {
  let pair: Promise<Pair> | null = null
  afterAll(async () => {
    await (await pair)?.[Symbol.asyncDispose]()
  })
  generationsContract({
    name: 'redis, HA',
    async create(options) {
      pair ??= openPair(true)
      const { url } = await pair
      return createRedisHarness(url, { ...options, highlyAvailable: true })
    },
  })
}
