import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { openCatalogue } from '@sluice/catalogue/open-catalogue'
import { authPlace } from '@sluice/catalogue/sealed-place'
import { fullAccess } from '@sluice/contracts/access'
import { Caller } from '@sluice/contracts/caller'
import { manage } from '@sluice/contracts/rpc/manage'
import { listModels, readStoredRows } from '@sluice/contracts/rpc/router'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { HealthRegistry } from '@sluice/kernel/health'
import { createLogger } from '@sluice/kernel/logger'
import { createBusSeal } from '@sluice/management/bus-seal'
import { createSecretBox } from '@sluice/secret-box'
import { createMemoryProviderStore } from '@sluice/store/memory-provider-store'
import type { ProviderStore } from '@sluice/store/provider-store'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc } from '@sluice/work-queue/rpc'
import { Registry } from 'prom-client'
import { readRouterConfig } from '../config.ts'
import { startRouter } from '../service.ts'

const keyRing = { currentId: 'k1', keys: new Map([['k1', Buffer.alloc(32, 1)]]) }
const box = createSecretBox(keyRing)
const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

type Who = 'platform' | 'red' | 'blue'

function configurationFile(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-'))
  opened.push({
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  })
  const path = join(directory, 'sluice.yaml')
  writeFileSync(path, text)
  return path
}

/** A router over memory, with the demo's rows and one tenant's and the platform's administrators. */
async function start(options: { store?: ProviderStore; withKey?: boolean; file?: string } = {}) {
  const clock = createFakeClock()
  const logger = createLogger({ service: 'router', level: 'silent' })
  const queue = createMemoryWorkQueue({ clock })
  const generations = createMemoryGenerations({ clock })
  const catalogue = await openCatalogue({
    env: {
      OPENAI_API_KEY: 'sk-of-the-operator',
      ...(options.file === undefined ? {} : { CONFIG_PATH: configurationFile(options.file) }),
    },
    clock,
    logger,
    demoUrl: 'http://127.0.0.1:1',
    discover: false,
  })
  const store = options.store ?? createMemoryProviderStore()
  const health = new HealthRegistry({ clock, intervalMs: 1_000, timeoutMs: 1_000 })
  const router = await startRouter(
    { ...readRouterConfig({}), keyRing: options.withKey === false ? null : keyRing },
    {
      generations,
      queue,
      catalogue,
      clock,
      logger,
      health,
      registry: new Registry(),
      store: () => Promise.resolve(store),
    },
  )
  opened.push(router)
  let calls = 0
  const ask = async (
    who: Who,
    route: string,
    { params = {}, body = null }: { params?: Record<string, string>; body?: unknown } = {},
  ): Promise<Record<string, unknown>> => {
    const caller = Caller.parse({
      tenantId: who === 'platform' ? 'default' : who,
      projectId: 'p',
      keyId: 'k',
      keyName: 'k',
      models: null,
    })
    const access = { ...fullAccess, platform: who === 'platform' }
    const call = {
      route,
      principal: { caller, access },
      params,
      query: {},
      body,
      address: '192.0.2.1',
      requestId: `r-${String((calls += 1))}`,
      headers: {},
    }
    const reply = await callRpc(queue, manage.router, call, { timeoutMs: 1_000 })
    const part = { route, requestId: call.requestId, part: 'reply' } as const
    return createBusSeal(box).open(reply.body, part) as Record<string, unknown>
  }
  const refusal = async (...args: Parameters<typeof ask>) => {
    try {
      await ask(...args)
    } catch (error) {
      if (GatewayError.is(error))
        return { code: error.code, status: error.status, param: error.param }
    }
    return null
  }
  const modelsOf = async (tenantId: string | null) => {
    const { models } = await callRpc(queue, listModels, { tenantId }, { timeoutMs: 1_000 })
    return models.map(({ id }) => id).filter((id) => !id.startsWith('demo/'))
  }
  return { ask, refusal, modelsOf, store, queue, clock, catalogue, health }
}

const acme = (more: object = {}) => ({
  name: 'acme',
  wire: 'openai-chat',
  base_url: 'https://api.acme.example/v1',
  auth: { type: 'bearer', key: 'sk-very-secret-1234' },
  ...more,
})
const model = (name: string) => ({ params: { name: 'acme' }, body: { name, price: 'free' } })

describe('providers', () => {
  test('M-121 M-321: the credential is kept sealed, for its row and its host, and shown by its end alone', async () => {
    const { ask, store } = await start()
    const made = await ask('platform', 'providers.create', { body: acme() })
    expect(made['auth']).toEqual({ type: 'bearer', key: '••••1234' })
    const { value } = await store.read()
    expect(JSON.stringify(value)).not.toContain('very-secret')
    const sealed = value.providers[0]?.auth?.sealed ?? ''
    const place = authPlace(null, 'acme', 'https://api.acme.example/v1')
    expect(box.open(sealed, place)).toContain('sk-very-secret-1234')
  })

  test('S-151: a ciphertext opens for no other row, tenant or host', async () => {
    const { ask, store } = await start()
    await ask('platform', 'providers.create', { body: acme() })
    const sealed = (await store.read()).value.providers[0]?.auth?.sealed ?? ''
    for (const [tenant, name, url] of [
      [null, 'other', 'https://api.acme.example/v1'],
      ['red', 'acme', 'https://api.acme.example/v1'],
      [null, 'acme', 'https://evil.example/v1'],
      [null, 'acme', 'http://api.acme.example/v1'],
    ] as const)
      expect(() => box.open(sealed, authPlace(tenant, name, url))).toThrow('cannot be decrypted')
  })

  test('D-29: without an encryption key nothing is stored', async () => {
    const { refusal, store } = await start({ withKey: false })
    expect(await refusal('platform', 'providers.create', { body: acme() })).toMatchObject({
      code: 'encryption_key_missing',
    })
    expect((await store.read()).value.providers).toEqual([])
  })

  test('S-152: a start without the key of what is stored is refused', async () => {
    const { ask, store } = await start()
    await ask('platform', 'providers.create', { body: acme() })
    await expect(start({ store, withKey: false })).rejects.toThrow('ENCRYPTION_KEY')
  })

  test('M-121: another host takes the credential again; another path of the same one does not', async () => {
    const { ask, refusal } = await start()
    await ask('platform', 'providers.create', { body: acme() })
    const patch = (body: object) => ({ params: { name: 'acme' }, body })
    for (const base_url of ['https://evil.example/v1', 'https://api.acme.example:8443/v1'])
      expect(await refusal('platform', 'providers.change', patch({ base_url }))).toMatchObject({
        status: 400,
        param: 'base_url',
      })
    const path = await ask(
      'platform',
      'providers.change',
      patch({ base_url: 'https://api.acme.example/v2' }),
    )
    expect(path['auth']).toEqual({ type: 'bearer', key: '••••1234' })
    const auth = { type: 'bearer', key: 'sk-of-the-other-5678' }
    const moved = await ask(
      'platform',
      'providers.change',
      patch({ base_url: 'https://other.example/v1', auth }),
    )
    expect(moved['auth']).toEqual({ type: 'bearer', key: '••••5678' })
  })

  test('D-28: rows of the environment and the demo are read-only', async () => {
    const { ask, refusal } = await start()
    for (const name of ['demo', 'openai']) {
      const params = { name }
      expect(await refusal('platform', 'providers.remove', { params })).toMatchObject({
        code: 'row_read_only',
        status: 409,
      })
      const taken = { body: acme({ name }) }
      expect(await refusal('platform', 'providers.create', taken)).toMatchObject({
        code: 'name_taken',
      })
    }
    const shown = await ask('platform', 'providers.read', { params: { name: 'openai' } })
    expect(shown).toMatchObject({ origin: 'environment', read_only: true })
    expect(JSON.stringify(shown)).not.toContain('sk-of')
  })

  test('a patch takes members back, and is refused as a whole when it cannot be', async () => {
    const { ask, refusal } = await start()
    await ask('platform', 'providers.create', { body: acme({ max_concurrent: 3 }) })
    const patch = (body: object) => ({ params: { name: 'acme' }, body })
    expect(
      await refusal('platform', 'providers.change', patch({ queue_max: 2, max_concurrent: -1 })),
    ).toMatchObject({ status: 400, param: 'max_concurrent' })
    const changed = await ask(
      'platform',
      'providers.change',
      patch({ max_concurrent: null, queue_max: 2 }),
    )
    expect(changed['settings']).toEqual({ queue_max: 2 })
  })
})

describe("a tenant's rows", () => {
  test('are seen and called by it alone', async () => {
    const { ask, refusal, modelsOf } = await start()
    await ask('red', 'providers.create', { body: acme() })
    await ask('red', 'providers.models.create', model('acme/fast'))
    expect([await modelsOf('red'), await modelsOf('blue'), await modelsOf(null)]).toEqual([
      ['acme/fast'],
      [],
      [],
    ])
    const params = { name: 'acme' }
    for (const who of ['blue', 'platform'] as const) {
      for (const route of ['providers.read', 'providers.remove', 'providers.reset'])
        expect(await refusal(who, route, { params })).toMatchObject({ status: 404 })
    }
    await ask('blue', 'providers.create', { body: acme() })
    await ask('blue', 'providers.remove', { params })
    expect(await modelsOf('red')).toEqual(['acme/fast'])
  })

  test.each([
    'http://127.0.0.1/v1',
    'http://169.254.169.254/latest',
    'http://10.0.0.7/v1',
    'http://2130706433/v1',
    'http://[::1]/v1',
    'https://api.acme.example:6379/v1',
    'http://u:p@api.acme.example/v1',
  ])('M-320: do not lead to %s; what stands above tenants may', async (base_url) => {
    const { ask, refusal, store } = await start()
    expect(await refusal('red', 'providers.create', { body: acme({ base_url }) })).toMatchObject({
      status: 400,
    })
    const registered = { wire: 'openai-chat', base_url, models: [{ name: 'm', price: 'free' }] }
    expect(
      await refusal('red', 'registry.register', { params: { name: 'box' }, body: registered }),
    ).toMatchObject({ status: 400 })
    expect((await store.read()).value.providers).toEqual([])
    if (!base_url.includes('@'))
      await ask('platform', 'providers.create', { body: acme({ base_url }) })
  })

  test('name no files of the gateway, no pools, no shared rows, and no models at what is not theirs', async () => {
    const { ask, refusal } = await start()
    for (const more of [
      { tls: { ca: '/etc/passwd' } },
      { pool: 'other' },
      {
        auth: { type: 'google-oauth', credentials_file: '/etc/passwd' },
        options: { project: 'p', location: 'l' },
      },
    ])
      expect(await refusal('red', 'providers.create', { body: acme(more) })).toMatchObject({
        code: 'row_invalid',
      })
    expect(
      await refusal('red', 'providers.create', { body: acme({ shared: true }) }),
    ).toMatchObject({
      status: 403,
    })
    await ask('platform', 'providers.create', { body: acme() })
    for (const name of ['acme', 'openai', 'demo']) {
      const call = { params: { name }, body: { name: 'cheap', price: 'free' } }
      expect(await refusal('red', 'providers.models.create', call)).toMatchObject({ status: 403 })
    }
    const params = { name: 'acme' }
    expect(await refusal('red', 'providers.remove', { params })).toMatchObject({ status: 403 })
    const shown = await ask('red', 'providers.read', { params })
    expect(shown).toMatchObject({ read_only: true, auth: { type: 'bearer' } })
    expect(shown).not.toHaveProperty('base_url')
  })
})

describe('models and aliases', () => {
  test('M-130: a model needs a price, a name that is free and fallbacks that exist', async () => {
    const { ask, refusal, modelsOf } = await start()
    await ask('platform', 'providers.create', { body: acme() })
    const create = (body: object) =>
      refusal('platform', 'providers.models.create', { params: { name: 'acme' }, body })
    expect(await create({ name: 'acme/m' })).toMatchObject({ param: 'price' })
    expect(await create({ name: 'm', price: 'free', fallbacks: ['none'] })).toMatchObject({
      param: 'fallbacks',
    })
    expect(await create({ name: 'acme/m', price: { input: 1, output: '2.5' } })).toBeNull()
    expect(await create({ name: 'acme/m', price: 'free' })).toMatchObject({ code: 'name_taken' })
    await ask('platform', 'aliases.put', { params: { name: 'quick' }, body: { model: 'acme/m' } })
    expect(await create({ name: 'quick', price: 'free' })).toMatchObject({ code: 'name_taken' })
    expect(await modelsOf('red')).toEqual(['quick', 'acme/m'])
    await ask('platform', 'providers.models.remove', { params: { name: 'acme', model: 'acme/m' } })
    await ask('platform', 'aliases.remove', { params: { name: 'quick' } })
    expect(await modelsOf(null)).toEqual([])
  })
})

describe('rows of the file', () => {
  const file = `providers: [{ name: filed, wire: ollama, base_url: "http://127.0.0.1:1" }]
models: [{ name: filed/fast, provider: filed, price: { input: 0.15, output: 0.6 } }]
aliases: { fast: { model: filed/fast, max_tokens: 10 } }
`

  test('D-28: are shown with where they come from, beside those of the database', async () => {
    const { ask } = await start({ file })
    await ask('platform', 'providers.models.create', {
      params: { name: 'filed' },
      body: { name: 'filed/more', price: 'free' },
    })
    await ask('red', 'aliases.put', { params: { name: 'own' }, body: { model: 'filed/more' } })
    const ofFile = { origin: 'file', read_only: true, shared: true }
    expect((await ask('red', 'aliases.list'))['data']).toEqual([
      { name: 'fast', model: 'filed/fast', max_tokens: 10, ...ofFile },
      expect.objectContaining({ name: 'own', origin: 'database', read_only: false }),
    ])
    const models = (provider: string) =>
      ask('red', 'providers.models.list', { params: { name: provider } })
    expect((await models('filed'))['data']).toMatchObject([
      { name: 'filed/more', origin: 'database', read_only: true },
      { name: 'filed/fast', price: { input: '0.15', output: '0.6' }, ...ofFile },
    ])
    expect((await models('demo'))['data']).toContainEqual(
      expect.objectContaining({ origin: 'built-in', read_only: true }),
    )
  })

  test('D-28: an alias of the file is changed there', async () => {
    const { refusal } = await start({ file })
    const params = { name: 'fast' }
    const put = { params, body: { model: 'filed/fast' } }
    for (const who of ['platform', 'red'] as const) {
      expect(await refusal(who, 'aliases.put', put)).toMatchObject({ code: 'row_read_only' })
      expect(await refusal(who, 'aliases.remove', { params })).toMatchObject({
        code: 'row_read_only',
      })
    }
  })
})

test('M-130: an alias is of a model that its tenant can call', async () => {
  const { ask, refusal } = await start()
  await ask('red', 'providers.create', { body: acme() })
  await ask('red', 'providers.models.create', model('acme/fast'))
  const put = (who: Who, target: string) =>
    refusal(who, 'aliases.put', { params: { name: 'zz' }, body: { model: target } })
  const refused = { status: 400, code: 'row_invalid', param: 'model' }
  expect(await put('red', 'no/such')).toMatchObject(refused)
  expect(await put('blue', 'acme/fast')).toMatchObject(refused)
  expect(await put('red', 'acme/fast')).toBeNull()
  for (const target of ['demo/chat:429', 'openai/gpt-4o'])
    expect(await put('blue', target)).toBeNull()
})

describe('the registry', () => {
  const body = {
    wire: 'openai-chat',
    base_url: 'http://127.0.0.1:9000/v1',
    models: [{ name: 'box/m', price: 'free' }],
    capacity: 4,
  }
  const params = { name: 'box' }

  test('M-129: a backend is served as long as it renews its lease, and renewing changes nothing else', async () => {
    const { ask, modelsOf, clock, store } = await start()
    await ask('platform', 'registry.register', { params, body })
    expect(await modelsOf(null)).toEqual(['box/m'])
    const revision = await store.revision()
    for (let i = 0; i < 4; i++) {
      await clock.advance(30_000)
      await ask('platform', 'registry.register', { params, body })
    }
    expect(await modelsOf(null)).toEqual(['box/m'])
    expect(await store.revision()).toBe(revision)
    await clock.advance(59_000)
    expect(await modelsOf(null)).toEqual(['box/m'])
    await clock.advance(2_000)
    expect(await modelsOf(null)).toEqual([])
  })

  test('M-129: takes a backend out at once, and another one does not take its name', async () => {
    const { ask, refusal, modelsOf } = await start()
    await ask('platform', 'providers.create', { body: acme() })
    expect(
      await refusal('platform', 'registry.register', { params: { name: 'acme' }, body }),
    ).toMatchObject({ code: 'name_taken' })
    await ask('platform', 'registry.register', { params, body })
    expect(await refusal('platform', 'providers.remove', { params })).toMatchObject({
      code: 'row_read_only',
    })
    await ask('platform', 'registry.remove', { params })
    expect(await modelsOf(null)).toEqual([])
  })
})

describe('M-313: while the database is away', () => {
  test('what is known stays, leases do not end, and changes are refused', async () => {
    const inner = createMemoryProviderStore()
    let isAway = false
    const store = new Proxy(inner, {
      get: (target, name) => {
        const step: unknown = target[name as keyof ProviderStore]
        if (typeof step !== 'function') return step
        return (...args: unknown[]) =>
          isAway
            ? Promise.reject(new GatewayError(kernelErrors.dependency_unavailable))
            : (step.apply(target, args) as unknown)
      },
    })
    const { ask, refusal, modelsOf, queue, clock } = await start({ store })
    const registered = {
      wire: 'openai-chat',
      base_url: 'http://127.0.0.1:9000/v1',
      models: [{ name: 'box/m', price: 'free' }],
    }
    await ask('platform', 'registry.register', { params: { name: 'box' }, body: registered })
    isAway = true
    await clock.advance(120_000)
    expect(await modelsOf(null)).toEqual(['box/m'])
    expect(await refusal('platform', 'providers.create', { body: acme() })).toMatchObject({
      status: 503,
    })
    const asked = { known: null, atLeast: null }
    const { rows } = await callRpc(queue, readStoredRows, asked, { timeoutMs: 1_000 })
    expect(rows?.providers).toHaveLength(1)
    isAway = false
    await clock.advance(20_000)
    expect(await modelsOf(null)).toEqual([])
  })

  test('a change that another process made is found without a broadcast', async () => {
    const { modelsOf, store, clock } = await start()
    const row = { name: 'acme', wire: 'ollama', base_url: 'http://a.example' } as const
    const common = { tenant: null, updatedAt: 0 }
    await store.write(
      [
        { put: 'provider', row: { ...common, row, auth: null, leaseEndsAt: null } },
        {
          put: 'model',
          row: { ...common, row: { name: 'acme/m', provider: 'acme', price: 'free' } },
        },
      ],
      0,
    )
    await clock.advance(2_000)
    expect(await modelsOf(null)).toEqual(['acme/m'])
  })
})
