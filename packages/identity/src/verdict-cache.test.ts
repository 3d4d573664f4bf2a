import { hash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { fullAccess } from '@sluice/contracts/access'
import { Caller } from '@sluice/contracts/caller'
import {
  identityChannel,
  readIdentityRevision,
  type Verdict,
  verifyCredential,
  type IdentityChange,
} from '@sluice/contracts/rpc/auth'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { createFakeClock, type FakeClock } from '@sluice/testkit/fake-clock'
import type { WorkQueue } from '@sluice/work-queue'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { serveRpc } from '@sluice/work-queue/rpc'
import { createVerdictCache, type VerdictCacheOptions } from './verdict-cache.ts'

const hashOf = (credential: string) => hash('sha256', credential)
const good = hashOf('good')

/** An `auth` to be moved by hand: its keys, its revision, and whether it answers. */
class HandAuth {
  readonly asked: string[] = []
  readonly keys = new Map<string, Verdict>()
  revision = 1
  /** `away`: answers nothing, callers time out; `failing`: answers with an error. */
  state: 'up' | 'away' | 'failing' = 'up'
  /** What answers wait for, after they are made. */
  held: Promise<void> = Promise.resolve()

  add(credential: string, age: { readonly ageMs?: number } = {}): void {
    const caller = Caller.parse({
      tenantId: 'default',
      projectId: 'default',
      keyId: `key-${credential}`,
      keyName: credential,
      models: null,
    })
    const verdict = { valid: true, caller, access: fullAccess, revision: this.revision } as const
    this.keys.set(hashOf(credential), { ...verdict, ...age })
  }

  async verify(credentialHash: string): Promise<Verdict> {
    this.asked.push(credentialHash)
    await this.#answering()
    const refused: Verdict = { valid: false, reason: 'unknown', revision: 0 }
    const verdict = { ...(this.keys.get(credentialHash) ?? refused), revision: this.revision }
    await this.held
    return verdict
  }

  async read(): Promise<{ revision: number }> {
    await this.#answering()
    return { revision: this.revision }
  }

  async #answering(): Promise<void> {
    if (this.state === 'away') await new Promise(() => undefined)
    if (this.state === 'failing') throw new GatewayError(kernelErrors.dependency_unavailable)
  }
}

type Options = Partial<VerdictCacheOptions> & { readonly clock?: FakeClock }

async function start(options: Options = {}) {
  const clock = options.clock ?? createFakeClock()
  const queue = options.queue ?? createMemoryWorkQueue({ clock })
  const auth = new HandAuth()
  auth.add('good')
  await serveRpc(queue, verifyCredential, ({ credentialHash }) => auth.verify(credentialHash))
  await serveRpc(queue, readIdentityRevision, () => auth.read())
  const cache = createVerdictCache({ ...options, clock, queue })
  return { clock, queue, auth, cache }
}

/** What one change of a key does: the revision grows, and everyone hears of it. */
async function announce(
  { auth, queue, clock }: { auth: HandAuth; queue: WorkQueue; clock: FakeClock },
  change: Pick<IdentityChange, 'id' | 'change'> & Partial<IdentityChange>,
): Promise<void> {
  auth.revision += 1
  const { revision } = auth
  await queue.broadcast(identityChannel, { entity: 'key', revision, at: clock.now(), ...change })
  await clock.advance(0)
}

const unavailable = { code: 'auth_unavailable', status: 503, retryable: true, retryAfterMs: 1_000 }

/** Runs out the time limit of a question that nobody answers. */
async function timesOut(clock: FakeClock, answer: Verdict | Promise<Verdict>): Promise<void> {
  const failed = Promise.resolve(answer).catch((error: unknown) => error)
  await clock.advance(2_000)
  expect(await failed).toMatchObject(unavailable)
}

describe('lookup', () => {
  test('answers synchronously for 60 s after one question', async () => {
    const { cache, auth, clock } = await start()
    const first = await cache.lookup(good)
    expect(first).toMatchObject({ valid: true, caller: { keyName: 'good' } })
    await clock.advance(59_999)
    expect(cache.lookup(good)).toEqual(first)
    expect(auth.asked).toEqual([good])
    await clock.advance(1)
    expect(cache.lookup(good)).toBeInstanceOf(Promise)
    expect(await cache.lookup(good)).toEqual(first)
    expect(auth.asked).toEqual([good, good])
    expect(cache.lookup(good)).toEqual(first)
  })

  test('all who ask for the same credential share one question', async () => {
    const { cache, auth } = await start()
    const answers = await Promise.all([1, 2, 3].map(async () => cache.lookup(good)))
    expect(answers).toHaveLength(3)
    expect(auth.asked).toEqual([good])
  })

  test('a refusal is kept for 5 s', async () => {
    const { cache, auth, clock } = await start()
    const bad = hashOf('bad')
    expect(await cache.lookup(bad)).toMatchObject({ valid: false, reason: 'unknown' })
    await clock.advance(4_999)
    expect(cache.lookup(bad)).toMatchObject({ valid: false })
    await clock.advance(1)
    auth.add('bad')
    expect(await cache.lookup(bad)).toMatchObject({ valid: true })
    expect(auth.asked).toEqual([bad, bad])
  })

  test('a flood of wrong keys does not push out good ones', async () => {
    const { cache, auth } = await start({ maxEntries: 1 })
    await cache.lookup(good)
    for (let i = 0; i < 10_050; i += 50) {
      const wrong = Array.from({ length: 50 }, (_, j) => hashOf(`wrong-${String(i + j)}`))
      await Promise.all(wrong.map(async (credentialHash) => cache.lookup(credentialHash)))
    }
    expect(cache.lookup(good)).toMatchObject({ valid: true })
    const asked = auth.asked.length
    await cache.lookup(hashOf('wrong-0'))
    expect(auth.asked).toHaveLength(asked + 1)
    expect(cache.lookup(hashOf('wrong-10049'))).toMatchObject({ valid: false })
  })

  test('valid credentials are bounded: the one whose answer is oldest goes', async () => {
    const { cache, auth } = await start({ maxEntries: 2 })
    auth.add('second')
    auth.add('third')
    for (const name of ['good', 'second', 'third']) await cache.lookup(hashOf(name))
    expect(cache.lookup(hashOf('second'))).not.toBeInstanceOf(Promise)
    expect(cache.lookup(hashOf('third'))).not.toBeInstanceOf(Promise)
    expect(cache.lookup(good)).toBeInstanceOf(Promise)
  })

  test('questions about unknown credentials are bounded; known ones are still asked about', async () => {
    const { cache, auth, clock } = await start()
    await cache.lookup(good)
    await clock.advance(60_000)
    const { promise, resolve } = Promise.withResolvers<void>()
    auth.held = promise
    const open = Array.from({ length: 1_000 }, async (_, i) =>
      cache.lookup(hashOf(`wrong-${String(i)}`)),
    )
    await expect(cache.lookup(hashOf('one-more'))).rejects.toMatchObject(unavailable)
    const known = cache.lookup(good)
    resolve()
    expect(await known).toMatchObject({ valid: true })
    await Promise.all(open)
    expect(await cache.lookup(hashOf('one-more'))).toMatchObject({ valid: false })
  })
})

describe('while auth is away', () => {
  for (const state of ['away', 'failing'] as const) {
    test(`an unknown credential is a retryable 503, never a refusal (auth is ${state})`, async () => {
      const { cache, auth, clock } = await start()
      auth.state = state
      await timesOut(clock, cache.lookup(good))
      auth.state = 'up'
      expect(await cache.lookup(good)).toMatchObject({ valid: true })
    })

    test(`a known credential is served for 5 minutes after its last answer (auth is ${state})`, async () => {
      const { cache, auth, clock } = await start()
      const answer = await cache.lookup(good)
      auth.state = state
      await clock.advance(60_000)
      expect(await cache.lookup(good)).toEqual(answer)
      await clock.advance(239_999)
      expect(await cache.lookup(good)).toEqual(answer)
      await clock.advance(1)
      await timesOut(clock, cache.lookup(good))
    })
  }

  test('once that is known, a known credential does not wait for the question', async () => {
    const { cache, auth, clock } = await start()
    await cache.lookup(good)
    auth.state = 'away'
    await clock.advance(60_000)
    expect(cache.lookup(good)).toMatchObject({ valid: true })
    await clock.advance(4_000)
    const asked = auth.asked.length
    expect(cache.lookup(good)).toMatchObject({ valid: true })
    expect(cache.lookup(good)).toMatchObject({ valid: true })
    await clock.advance(0)
    expect(auth.asked.length).toBe(asked + 1)
  })

  test('a known credential whose question times out is served, not refused', async () => {
    const { cache, auth, clock } = await start()
    await cache.lookup(good)
    await clock.advance(60_000)
    auth.state = 'away'
    const answer = cache.lookup(good)
    expect(answer).toBeInstanceOf(Promise)
    await clock.advance(2_000)
    expect(await answer).toMatchObject({ valid: true })
    expect(cache.lookup(good)).toMatchObject({ valid: true })
  })

  test('a refusal that was heard before is no answer any more', async () => {
    const { cache, auth, clock } = await start()
    await cache.lookup(hashOf('bad'))
    auth.state = 'away'
    await clock.advance(5_000)
    await timesOut(clock, cache.lookup(hashOf('bad')))
  })

  test('a key revoked meanwhile is refused at most 5 s after auth is back (FM12)', async () => {
    const { cache, auth, clock } = await start()
    await cache.lookup(good)
    auth.state = 'away'
    await clock.advance(100_000)
    auth.revision += 1
    auth.keys.set(good, { valid: false, reason: 'revoked', revision: auth.revision })
    expect(cache.lookup(good)).toMatchObject({ valid: true })
    auth.state = 'up'
    await clock.advance(5_000)
    expect(await cache.lookup(good)).toMatchObject({ valid: false, reason: 'revoked' })
  })

  test('an answer auth gave from memory counts from when it was read', async () => {
    const { cache, auth, clock } = await start()
    auth.add('good', { ageMs: 290_000 })
    expect(await cache.lookup(good)).toMatchObject({ valid: true })
    auth.state = 'away'
    await clock.advance(9_999)
    expect(cache.lookup(good)).toMatchObject({ valid: true })
    await clock.advance(1)
    await timesOut(clock, cache.lookup(good))
  })
})

describe('a change', () => {
  test('that is broadcast takes a revoked key away at once, even when auth is away by then', async () => {
    const context = await start()
    const { cache, auth, clock } = context
    await cache.lookup(good)
    await announce(context, { id: 'key-good', change: 'revoked' })
    auth.state = 'away'
    await timesOut(clock, cache.lookup(good))
  })

  test('of one key leaves the others alone', async () => {
    const context = await start()
    const { cache, auth } = context
    auth.add('other')
    await cache.lookup(good)
    await cache.lookup(hashOf('other'))
    await announce(context, { id: 'key-other', change: 'changed' })
    expect(cache.lookup(good)).not.toBeInstanceOf(Promise)
    expect(cache.lookup(hashOf('other'))).toBeInstanceOf(Promise)
  })

  test('that makes a key ends its refusal', async () => {
    const context = await start()
    const { cache, auth } = context
    await cache.lookup(hashOf('late'))
    auth.add('late')
    await announce(context, { id: 'key-late', change: 'created' })
    expect(await cache.lookup(hashOf('late'))).toMatchObject({ valid: true })
  })

  test('of a tenant, or after a lost broadcast, puts everything older in doubt', async () => {
    const context = await start()
    const { cache, auth } = context
    await announce(context, { id: 'key-other', change: 'created' })
    await cache.lookup(good)
    await announce(context, { entity: 'tenant', id: 'default', change: 'changed' })
    expect(cache.lookup(good)).toBeInstanceOf(Promise)
    await cache.lookup(good)
    auth.revision += 1
    await announce(context, { id: 'key-other', change: 'changed' })
    expect(cache.lookup(good)).toBeInstanceOf(Promise)
  })

  test('whose broadcast got lost is found within 5 s', async () => {
    const { cache, auth, clock } = await start()
    await clock.advance(5_000)
    await cache.lookup(good)
    auth.revision += 1
    auth.keys.delete(good)
    await clock.advance(4_999)
    expect(cache.lookup(good)).toMatchObject({ valid: true })
    await clock.advance(1)
    expect(await cache.lookup(good)).toMatchObject({ valid: false })
  })

  test('leaves what was answered after it alone', async () => {
    const { cache, auth, clock } = await start()
    auth.revision += 1
    await cache.lookup(good)
    await clock.advance(5_000)
    expect(cache.lookup(good)).not.toBeInstanceOf(Promise)
  })

  test('is not undone by an answer from before it', async () => {
    const context = await start()
    const { cache, auth, clock } = context
    const { promise, resolve } = Promise.withResolvers<void>()
    auth.held = promise
    const early = cache.lookup(good)
    await clock.advance(0)
    auth.keys.set(good, { valid: false, reason: 'revoked', revision: 2 })
    await announce(context, { id: 'key-good', change: 'revoked' })
    const late = cache.lookup(good)
    await clock.advance(0)
    resolve()
    expect(await early).toMatchObject({ valid: true })
    expect(await late).toMatchObject({ valid: false, reason: 'revoked' })
    expect(cache.lookup(good)).toMatchObject({ valid: false, reason: 'revoked' })
  })

  test('a revision that went backwards puts everything in doubt', async () => {
    const { cache, auth, clock } = await start()
    auth.revision = 40
    await clock.advance(5_000)
    await cache.lookup(good)
    auth.revision = 12
    auth.keys.delete(good)
    await clock.advance(5_000)
    expect(await cache.lookup(good)).toMatchObject({ valid: false })
    expect(cache.lookup(good)).not.toBeInstanceOf(Promise)
  })

  test('a broadcast that is not understood leads to a comparison', async () => {
    const { cache, auth, clock, queue } = await start()
    await cache.lookup(good)
    auth.revision += 1
    await queue.broadcast(identityChannel, { entity: 'galaxy' })
    await clock.advance(0)
    expect(cache.lookup(good)).toBeInstanceOf(Promise)
  })
})

describe('life', () => {
  test('a subscription that failed is tried again', async () => {
    const clock = createFakeClock()
    const queue = createMemoryWorkQueue({ clock })
    const subscribe = queue.onBroadcast.bind(queue)
    let attempts = 0
    queue.onBroadcast = (channel, handler) => {
      attempts += 1
      return attempts === 1 ? Promise.reject(new Error('no Redis')) : subscribe(channel, handler)
    }
    const context = await start({ queue, clock })
    const { cache } = context
    await clock.advance(5_000)
    await cache.lookup(good)
    await announce(context, { id: 'key-good', change: 'changed' })
    expect(attempts).toBe(2)
    expect(cache.lookup(good)).toBeInstanceOf(Promise)
  })

  test('a disposed cache hears and asks nothing', async () => {
    const context = await start()
    const { cache, auth, clock } = context
    await cache.lookup(good)
    await cache[Symbol.asyncDispose]()
    await announce(context, { id: 'key-good', change: 'revoked' })
    expect(cache.lookup(good)).toMatchObject({ valid: true })
    auth.revision += 1
    await clock.advance(10_000)
    expect(cache.lookup(good)).toMatchObject({ valid: true })
  })
})
