import { hash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { FileKey } from '@sluice/catalogue/catalogue'
import { Caller } from '@sluice/contracts/caller'
import { readIdentityRevision, type Verdict, verifyCredential } from '@sluice/contracts/rpc/auth'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { identityChanged } from '@sluice/contracts/topics/identity-changed'
import type { EventLog, StoredEvent } from '@sluice/event-log'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { createVerdictCache } from '@sluice/identity'
import { HealthRegistry } from '@sluice/kernel/health'
import { createLogger } from '@sluice/kernel/logger'
import type { AuthStore } from '@sluice/store/auth-store'
import { createMemoryAuditStore } from '@sluice/store/memory-audit-store'
import { createMemoryErasureStore } from '@sluice/store/memory-erasure-store'
import { createMemoryAuthStore } from '@sluice/store/memory-auth-store'
import { ownerPolicy } from '@sluice/store/tenancy'
import { createFakeClock, type FakeClock } from '@sluice/testkit/fake-clock'
import type { WorkQueue } from '@sluice/work-queue'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc } from '@sluice/work-queue/rpc'
import { Registry } from 'prom-client'
import { startAuth } from './service.ts'

const bootstrap = 'bootstrap-key-of-24-characters'
const hashOf = (credential: string) => hash('sha256', credential)

function fileKey(name: string, changes: Partial<FileKey> = {}): FileKey {
  const key = `credential-of-the-key-${name}`
  return { name, key, tenant: 'default', project: 'default', models: null, ...changes }
}

/** A configuration file that tests rewrite. */
class HandFile {
  fileKeys: readonly FileKey[]
  readonly #listeners: (() => void)[] = []

  constructor(keys: readonly FileKey[]) {
    this.fileKeys = keys
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  write(keys: readonly FileKey[]): void {
    this.fileKeys = keys
    for (const listener of this.#listeners) listener()
  }
}

interface CutOff {
  state: 'up' | 'away' | 'hanging'
  running: number
  mostRunning: number
}

/** A store that can be cut off: everything in front of the real one then fails, or never answers. */
function cutOff(inner: AuthStore): AuthStore & CutOff {
  const cut: CutOff = { state: 'up', running: 0, mostRunning: 0 }
  async function call(work: () => Promise<unknown>): Promise<unknown> {
    if (cut.state === 'away') throw new Error('connection refused')
    if (cut.state === 'hanging') await new Promise(() => undefined)
    cut.running += 1
    cut.mostRunning = Math.max(cut.mostRunning, cut.running)
    try {
      return await work()
    } finally {
      cut.running -= 1
    }
  }
  return new Proxy(inner as AuthStore & CutOff, {
    get(_target, name) {
      if (name in cut) return cut[name as keyof CutOff]
      const method: unknown = Reflect.get(inner, name)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) =>
        call(() => Reflect.apply(method, inner, args) as Promise<unknown>)
    },
    set: (_target, name, value) => Reflect.set(cut, name, value),
  })
}

interface Surroundings {
  readonly clock?: FakeClock
  readonly queue?: WorkQueue
  readonly inner?: AuthStore
  readonly events?: EventLog
  readonly keys?: readonly FileKey[]
  readonly bootstrapKey?: string
}

async function start(given: Surroundings = {}) {
  const clock = given.clock ?? createFakeClock()
  const queue = given.queue ?? createMemoryWorkQueue({ clock })
  const inner = given.inner ?? createMemoryAuthStore()
  const store = cutOff(inner)
  const events = given.events ?? createMemoryEventLog({ clock })
  if (!given.events) await events.createTopics(allTopics)
  const file = new HandFile(given.keys ?? [])
  const registry = new Registry()
  const health = new HealthRegistry({ clock, intervalMs: 1_000, timeoutMs: 1_000 })
  const logger = createLogger({ service: 'auth', level: 'silent' })
  const service = await startAuth(
    { bootstrapKey: given.bootstrapKey ?? bootstrap },
    {
      store,
      audit: createMemoryAuditStore(),
      erasures: createMemoryErasureStore(),
      queue,
      events,
      fileKeys: file,
      clock,
      logger,
      registry,
      health,
    },
  )
  const verify = (credential: string): Promise<Verdict> =>
    callRpc(queue, verifyCredential, { credentialHash: hashOf(credential) }, { timeoutMs: 2_000 })
  return { clock, queue, inner, store, events, file, registry, health, service, verify }
}

async function published(events: EventLog): Promise<StoredEvent[]> {
  const partitions = await Promise.all(
    Array.from({ length: identityChanged.partitions }, (_, partition) =>
      events.read(identityChanged.name, partition, 0n, 100),
    ),
  )
  return partitions.flat()
}

/** What the command line does to a key: straight in the database. */
async function saveByHand(store: AuthStore, name: string, expiresAt: number | null = null) {
  await store.ensureProject('default', 'default', 0)
  const caller = Caller.parse({
    tenantId: 'default',
    projectId: 'default',
    keyId: name,
    keyName: name,
    models: null,
  })
  const credentialHash = hashOf(fileKey(name).key)
  await store.saveKey({
    caller,
    credentialHash,
    prefix: '',
    origin: 'api',
    policy: ownerPolicy,
    madeBy: null,
    createdAt: 0,
    expiresAt,
  })
}

describe('verdicts', () => {
  test('the bootstrap key owns the default tenant and may use every model', async () => {
    const { verify } = await start()
    expect(await verify(bootstrap)).toMatchObject({
      valid: true,
      caller: {
        tenantId: 'default',
        projectId: 'default',
        keyId: 'bootstrap',
        keyName: 'bootstrap',
        models: null,
      },
    })
  })

  test('unknown, revoked and expired credentials are told apart', async () => {
    const { verify, inner, clock } = await start()
    await saveByHand(inner, 'revoked')
    await inner.revokeKey('revoked', clock.now())
    await saveByHand(inner, 'short', clock.now() + 1_000)
    expect(await verify('nobody')).toMatchObject({ valid: false, reason: 'unknown' })
    expect(await verify(fileKey('revoked').key)).toMatchObject({ valid: false, reason: 'revoked' })
    expect(await verify(fileKey('short').key)).toMatchObject({ valid: true })
    await clock.advance(1_000)
    expect(await verify(fileKey('short').key)).toMatchObject({ valid: false, reason: 'expired' })
  })

  test('a bootstrap key that was replaced is no longer good', async () => {
    const { inner, service } = await start()
    await service[Symbol.asyncDispose]()
    const { verify } = await start({ inner, bootstrapKey: 'another-key-of-24-characters' })
    expect(await verify('another-key-of-24-characters')).toMatchObject({ valid: true })
    expect(await verify(bootstrap)).toMatchObject({ valid: false })
  })

  test('only hashes are stored and published (M-066)', async () => {
    const { inner, events, clock } = await start({ keys: [fileKey('ci')] })
    await clock.advance(0)
    const stored = await inner.findKey(hashOf(fileKey('ci').key))
    expect(stored?.credentialHash).toMatch(/^[0-9a-f]{64}$/)
    const everything = JSON.stringify([stored, await published(events)], (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    expect(everything).not.toContain('credential-of')
  })
})

describe('keys of the configuration file', () => {
  test('are good from the start, with their tenant, project and models', async () => {
    const { verify } = await start({
      keys: [fileKey('ci', { tenant: 'acme', project: 'web', models: ['acme/*'] })],
    })
    expect(await verify(fileKey('ci').key)).toMatchObject({
      valid: true,
      caller: { tenantId: 'acme', projectId: 'web', keyName: 'ci', models: ['acme/*'] },
    })
  })

  test('are added, changed and removed when the file changes', async () => {
    const { verify, file, clock } = await start({ keys: [fileKey('a'), fileKey('b')] })
    const before = await verify(fileKey('b').key)
    file.write([fileKey('b', { models: ['demo/*'] }), fileKey('c')])
    await clock.advance(0)
    expect(await verify(fileKey('a').key)).toMatchObject({ valid: false, reason: 'revoked' })
    const after = await verify(fileKey('b').key)
    expect(after).toMatchObject({ valid: true, caller: { models: ['demo/*'] } })
    expect(after.valid && after.caller.keyId).toBe(before.valid && before.caller.keyId)
    expect(await verify(fileKey('c').key)).toMatchObject({ valid: true })
    file.write([fileKey('a')])
    await clock.advance(0)
    expect(await verify(fileKey('a').key)).toMatchObject({ valid: true })
  })

  test('that left the file while auth was down are revoked at the next start', async () => {
    const { inner, service } = await start({ keys: [fileKey('gone'), fileKey('kept')] })
    await service[Symbol.asyncDispose]()
    const { verify } = await start({ inner, keys: [fileKey('kept')] })
    expect(await verify(fileKey('gone').key)).toMatchObject({ valid: false, reason: 'revoked' })
    expect(await verify(fileKey('kept').key)).toMatchObject({ valid: true })
    expect(await verify(bootstrap)).toMatchObject({ valid: true })
  })

  test('may swap their values, and take another name', async () => {
    const { verify, file, clock } = await start({ keys: [fileKey('a'), fileKey('b')] })
    const [a, b] = [fileKey('a').key, fileKey('b').key]
    file.write([fileKey('a', { key: b }), fileKey('b', { key: a })])
    await clock.advance(0)
    expect(await verify(a)).toMatchObject({ valid: true, caller: { keyName: 'b' } })
    expect(await verify(b)).toMatchObject({ valid: true, caller: { keyName: 'a' } })
    file.write([fileKey('renamed', { key: a }), fileKey('a', { key: b })])
    await clock.advance(0)
    expect(await verify(a)).toMatchObject({ valid: true, caller: { keyName: 'renamed' } })
  })

  test('are applied by one run at a time; the last file stands', async () => {
    const { store, verify, file, clock } = await start()
    store.mostRunning = 0
    for (const name of ['a', 'b', 'c', 'd']) file.write([fileKey(name)])
    await clock.advance(0)
    expect(store.mostRunning).toBe(1)
    expect(await verify(fileKey('a').key)).toMatchObject({ valid: false })
    expect(await verify(fileKey('d').key)).toMatchObject({ valid: true })
  })

  test('are left alone when something else in the file changed', async () => {
    const { inner, file, clock, service } = await start({ keys: [fileKey('a')] })
    const revision = await inner.revision()
    file.write([fileKey('a')])
    await clock.advance(10_000)
    expect(await inner.revision()).toBe(revision)
    await service[Symbol.asyncDispose]()
    await start({ inner, keys: [fileKey('a')] })
    expect(await inner.revision()).toBe(revision)
  })

  test('a change that came while the database was away is applied when it is back', async () => {
    const { store, verify, file, clock } = await start({ keys: [fileKey('a')] })
    store.state = 'away'
    file.write([fileKey('b')])
    await clock.advance(10_000)
    store.state = 'up'
    await clock.advance(2_000)
    expect(await verify(fileKey('a').key)).toMatchObject({ valid: false, reason: 'revoked' })
    expect(await verify(fileKey('b').key)).toMatchObject({ valid: true })
  })

  test('one that cannot be stored does not keep the others out', async () => {
    const { inner, verify, file, clock } = await start({ keys: [fileKey('gone')] })
    await saveByHand(inner, 'rival')
    file.write([fileKey('a', { key: fileKey('rival').key }), fileKey('b')])
    await clock.advance(0)
    expect(await verify(fileKey('b').key)).toMatchObject({ valid: true })
    expect(await verify(fileKey('gone').key)).toMatchObject({ valid: false })
    await inner.revokeKey('rival', clock.now())
    await clock.advance(2_000)
    expect(await verify(fileKey('rival').key)).toMatchObject({ caller: { keyName: 'a' } })
  })

  test('that are not valid end the start, with a line for each', async () => {
    const keys = [
      fileKey('a', { key: bootstrap }),
      fileKey('b'),
      fileKey('c', { key: fileKey('b').key, tenant: 'not a name' }),
    ]
    await expect(start({ keys })).rejects.toMatchObject({
      code: 'invalid_configuration',
      details: {
        problems: [
          'keys: a has the same value as AUTH_TOKEN',
          'keys: c has the same value as b',
          'keys: c: tenant is not a name (letters, digits, . _ -)',
        ],
      },
    })
  })

  test('that are not valid later leave the last good ones', async () => {
    const { verify, file, clock } = await start({ keys: [fileKey('a')] })
    file.write([fileKey('b', { key: bootstrap })])
    await clock.advance(4_000)
    expect(await verify(fileKey('a').key)).toMatchObject({ valid: true })
    expect(await verify(bootstrap)).toMatchObject({ caller: { keyId: 'bootstrap' } })
  })
})

describe('a change', () => {
  test('reaches the verdict caches of other processes at once (M-066)', async () => {
    const { queue, clock, file } = await start({ keys: [fileKey('a')] })
    await using cache = createVerdictCache({ queue, clock })
    const credentialHash = hashOf(fileKey('a').key)
    expect(await cache.lookup(credentialHash)).toMatchObject({ valid: true })
    expect(cache.lookup(credentialHash)).not.toBeInstanceOf(Promise)
    file.write([])
    await clock.advance(0)
    expect(await cache.lookup(credentialHash)).toMatchObject({ valid: false, reason: 'revoked' })
    file.write([fileKey('a')])
    await clock.advance(0)
    expect(await cache.lookup(credentialHash)).toMatchObject({ valid: true })
  })

  test('made by another process is broadcast within 2 s', async () => {
    const { queue, clock, inner } = await start()
    await saveByHand(inner, 'made')
    await clock.advance(2_000)
    await using cache = createVerdictCache({ queue, clock })
    const credentialHash = hashOf(fileKey('made').key)
    expect(await cache.lookup(credentialHash)).toMatchObject({ valid: true })
    await clock.advance(1_000)
    await inner.revokeKey('made', clock.now())
    expect(cache.lookup(credentialHash)).toMatchObject({ valid: true })
    await clock.advance(2_000)
    expect(await cache.lookup(credentialHash)).toMatchObject({ valid: false, reason: 'revoked' })
  })

  test('made here leaves the verdicts of other keys fresh', async () => {
    const { queue, clock, file } = await start({ keys: [fileKey('a')] })
    await using cache = createVerdictCache({ queue, clock })
    await cache.lookup(hashOf(bootstrap))
    file.write([])
    await clock.advance(10_000)
    expect(cache.lookup(hashOf(bootstrap))).not.toBeInstanceOf(Promise)
  })

  test('is published as an event, once the event log takes it', async () => {
    const clock = createFakeClock()
    const events = createMemoryEventLog({ clock })
    const { file } = await start({ clock, events, keys: [fileKey('a', { tenant: 'acme' })] })
    await clock.advance(4_000)
    await events.createTopics(allTopics)
    await clock.advance(2_000)
    file.write([])
    await clock.advance(0)
    const stated = (await published(events)).map(({ attributes, value }) => {
      const { entity, change } = JSON.parse(value) as { entity: string; change: string }
      return `${entity} ${change} ${attributes.tenant}`
    })
    expect(stated.toSorted()).toEqual([
      'key created acme',
      'key created default',
      'key revoked acme',
      'project created acme',
      'project created default',
      'tenant created acme',
      'tenant created default',
    ])
  })

  test('neither waits for the event log nor fails with the queue', async () => {
    const clock = createFakeClock()
    const queue = createMemoryWorkQueue({ clock })
    const events = createMemoryEventLog({ clock })
    events.publish = () => Promise.reject(new Error('no Kafka'))
    queue.broadcast = () => Promise.reject(new Error('no Redis'))
    const { file, verify, service } = await start({ clock, queue, events })
    file.write([fileKey('a')])
    await clock.advance(0)
    expect(await verify(fileKey('a').key)).toMatchObject({ valid: true })
    const stopped = service[Symbol.asyncDispose]()
    await clock.advance(0)
    await clock.advance(2_000)
    await stopped
  })
})

const unavailable = {
  code: 'identity_unavailable',
  status: 503,
  retryable: true,
  retryAfterMs: 1_000,
}

/** Runs out the time that auth gives its database. */
async function answerOf(answer: Promise<Verdict>, clock: FakeClock): Promise<unknown> {
  const settled = answer.catch((error: unknown) => error)
  await clock.advance(0)
  await clock.advance(1_500)
  return settled
}

describe('while the database is away', () => {
  for (const state of ['away', 'hanging'] as const) {
    test(`what was seen in the last 5 minutes is answered, with its age (database ${state}) (FM29)`, async () => {
      const { store, verify, clock } = await start()
      const seen = await verify(bootstrap)
      store.state = state
      await clock.advance(290_000)
      const ageMs = state === 'hanging' ? 291_500 : 290_000
      expect(await answerOf(verify(bootstrap), clock)).toEqual({ ...seen, ageMs })
      await clock.advance(10_000)
      expect(await answerOf(verify(bootstrap), clock)).toMatchObject(unavailable)
    })

    test(`an unseen credential is a retryable 503, never unknown (database ${state}) (FM11)`, async () => {
      const { store, verify, clock } = await start({ keys: [fileKey('a')] })
      await verify('wrong')
      store.state = state
      for (const credential of [fileKey('a').key, 'wrong']) {
        expect(await answerOf(verify(credential), clock)).toMatchObject(unavailable)
      }
      store.state = 'up'
      expect(await verify(fileKey('a').key)).toMatchObject({ valid: true })
    })
  }

  test('a key that was revoked here before is not answered from memory', async () => {
    const { store, verify, file, clock } = await start({ keys: [fileKey('a')] })
    await verify(fileKey('a').key)
    file.write([])
    await clock.advance(0)
    store.state = 'away'
    await expect(verify(fileKey('a').key)).rejects.toMatchObject(unavailable)
  })

  test('a key that expires meanwhile has expired', async () => {
    const { store, inner, verify, clock } = await start()
    await saveByHand(inner, 'short', clock.now() + 1_000)
    await verify(fileKey('short').key)
    store.state = 'away'
    await clock.advance(1_000)
    expect(await verify(fileKey('short').key)).toMatchObject({ reason: 'expired' })
  })

  test('the revision is not known, and the process is not ready', async () => {
    const { store, queue, health } = await start()
    await health.start()
    expect(health.readiness()).toMatchObject({
      status: 'ok',
      checks: [{ name: 'database', required: true, ok: true }],
    })
    store.state = 'away'
    await health.runChecks()
    expect(health.readiness().status).toBe('unavailable')
    await expect(
      callRpc(queue, readIdentityRevision, {}, { timeoutMs: 2_000 }),
    ).rejects.toMatchObject(unavailable)
    health[Symbol.dispose]()
  })
})

describe('what the file says of a key', () => {
  test('M-067: its role, routes, addresses, limits and budget are in the verdict', async () => {
    const settings = {
      role: 'user',
      scopes: ['/v1/embeddings'],
      ip_allow: ['10.0.0.0/8'],
      max_body_bytes: 1_000,
      limits: { requests_per_minute: 2 },
      budget: { usd: 1, window: 'day' },
    } satisfies FileKey['settings']
    const limited = fileKey('a', { settings })
    const { verify } = await start({ keys: [limited, fileKey('b')] })
    expect(await verify(limited.key)).toMatchObject({
      access: {
        role: 'user',
        scopes: ['/v1/embeddings'],
        ipAllow: ['10.0.0.0/8'],
        maxBodyBytes: 1_000,
        limits: [{ max: 2 }, { max: 1_000_000_000 }],
      },
    })
    expect(await verify(fileKey('b').key)).toMatchObject({ access: { role: 'owner', limits: [] } })
  })

  test('M-067: a range that cannot be read ends the start, by the name of the key', async () => {
    const bad = fileKey('a', { settings: { ip_allow: ['10.0.0.0/33'] } })
    await expect(start({ keys: [bad] })).rejects.toThrow(/keys: a: ip_allow: "10\.0\.0\.0\/33"/)
  })
})

describe('life', () => {
  test('two replicas start at once over one database', async () => {
    const clock = createFakeClock()
    const queue = createMemoryWorkQueue({ clock })
    const inner = createMemoryAuthStore()
    const keys = ['a', 'b', 'c'].map((name) => fileKey(name))
    const [first] = await Promise.all([1, 2].map(() => start({ clock, queue, inner, keys })))
    for (const credential of [bootstrap, ...keys.map(({ key }) => key)])
      expect(await first?.verify(credential)).toMatchObject({ valid: true })
  })

  test('a disposed service answers nothing and follows no file', async () => {
    const { service, file, inner, verify, clock } = await start({ keys: [fileKey('a')] })
    await service[Symbol.asyncDispose]()
    const revision = await inner.revision()
    file.write([fileKey('b')])
    await clock.advance(10_000)
    expect(await inner.revision()).toBe(revision)
    const answer = verify(bootstrap).catch((error: unknown) => error)
    await clock.advance(2_000)
    expect(await answer).toMatchObject({ code: 'no_answer' })
  })
})
