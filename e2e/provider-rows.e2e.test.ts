import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { freePort } from '../tools/src/processes/free-port.ts'
import { blockResources } from './support/block-resources.ts'
import { errorOf, eventually, gatewayUnderTest, postChat } from './support/gateway.ts'
import { type OwnDemoProvider, startDemoProvider } from './support/own-demo-provider.ts'
import { type OwnFolder, ownFolder, startOwnProcess } from './support/own-gateway.ts'

const gateway = gatewayUnderTest()
const api = gateway.apis[0] ?? ''
const messages = [{ role: 'user', content: 'Hello' }]
/** Other files run against the same gateway. */
const suffix = randomUUID().slice(0, 8)
const secret = (name: string) => `sk-${name}-${suffix}-0123456789abcdef`
const fingerprint = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 16)

async function manage(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${api}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text() }
}

const callOn = async (address: string, model: string, tokens = 3): Promise<Response> =>
  postChat(
    address,
    { model, messages },
    { headers: { 'x-demo-tokens': String(tokens), 'x-demo-interval-ms': '1' } },
  )
const statusOn = async (address: string, model: string): Promise<number> => {
  const response = await callOn(address, model)
  await response.text()
  return response.status
}
const becomes = (what: string, holds: () => Promise<boolean>, withinMs: number) =>
  eventually(what, async () => ((await holds()) ? true : undefined), withinMs)

describe('providers over HTTP', () => {
  const resources = blockResources()
  const name = `rows-${suffix}`
  let folder: OwnFolder
  let demo: OwnDemoProvider

  beforeAll(async () => {
    folder = resources.use(await ownFolder('rows'))
    demo = resources.use(await startDemoProvider(folder.path))
  }, 60_000)

  const provider = () => ({
    name,
    wire: 'openai-chat',
    base_url: `${demo.url}/v1`,
    auth: { type: 'bearer', key: secret('first') },
    forward_headers: ['x-demo-*'],
  })

  test('M-129 M-313: a provider and its model are served on every replica within 5 s; its key is never shown', async () => {
    const made = await manage('POST', '/providers', provider())
    expect(made.status).toBe(201)
    const model = { name: `${name}/chat`, upstream_model: 'demo/chat', price: 'free' }
    expect((await manage('POST', `/providers/${name}/models`, model)).status).toBe(201)
    for (const address of gateway.apis)
      await becomes('a call', async () => (await statusOn(address, `${name}/chat`)) === 200, 5_000)
    const shown = [
      made,
      await manage('GET', `/providers/${name}`),
      await manage('GET', '/providers'),
    ]
    for (const { text } of shown) expect(text).not.toContain(secret('first'))
    expect(shown[1]?.text).toContain('••••cdef')
  }, 20_000)

  test('M-121: a new key is used by the next call, and the call under way ends on the old one', async () => {
    const headers = { 'x-demo-tokens': '40', 'x-demo-interval-ms': '100' }
    const slow = await postChat(api, { model: `${name}/chat`, messages, stream: true }, { headers })
    const set = await manage('PUT', `/providers/${name}/api-key`, { key: secret('second') })
    expect(set.status).toBe(200)
    expect(set.text).not.toContain(secret('second'))
    await becomes(
      'a call with the new key',
      async () => {
        const response = await callOn(api, `${name}/chat`)
        await response.text()
        const { credential } = await demo.served(response.headers.get('x-request-id') ?? '')
        expect([fingerprint(secret('first')), fingerprint(secret('second'))]).toContain(credential)
        return credential === fingerprint(secret('second'))
      },
      5_000,
    )
    expect(await slow.text()).toContain('[DONE]')
    const ended = await demo.served(slow.headers.get('x-request-id') ?? '')
    expect(ended).toMatchObject({ credential: fingerprint(secret('first')), outcome: 'completed' })
  }, 20_000)

  test('S-54: a caller cannot pick the host that our credential goes to', async () => {
    const elsewhere = 'http://127.0.0.1:1/v1'
    const attempts = [
      { base_url: elsewhere },
      { api_base: elsewhere, custom_llm_provider: 'openai' },
      { extra_headers: { host: '127.0.0.1:1' }, extra_body: { base_url: elsewhere } },
    ]
    for (const more of attempts) {
      const response = await postChat(
        api,
        { model: `${name}/chat`, messages, ...more },
        {
          headers: {
            'x-custom-host': '127.0.0.1:1',
            'x-base-url': elsewhere,
            'x-forwarded-host': '127.0.0.1:1',
          },
        },
      )
      await response.text()
      expect([200, 400]).toContain(response.status)
      if (response.status === 400) continue
      const served = await demo.served(response.headers.get('x-request-id') ?? '')
      expect(served.headers['x-custom-host']).toBeUndefined()
      expect(served.headers['x-forwarded-host']).toBeUndefined()
    }
  }, 20_000)

  test('M-121: another host takes the key again; a row of the file or the demo is read-only', async () => {
    const moved = await manage('PATCH', `/providers/${name}`, { base_url: 'http://127.0.0.1:1/v1' })
    expect(moved.status).toBe(400)
    expect(moved.text).toContain('base_url')
    const fixed = await manage('PATCH', '/providers/demo', { max_concurrent: 1 })
    expect(fixed.status).toBe(409)
    expect(fixed.text).toContain('row_read_only')
    expect((await manage('POST', '/providers', provider())).status).toBe(409)
  })

  test('M-313: a change that cannot be used is refused as a whole', async () => {
    const bad = await manage('PATCH', `/providers/${name}`, {
      max_concurrent: 3,
      wire: 'no-such-wire',
    })
    expect(bad.status).toBe(400)
    expect((await manage('GET', `/providers/${name}`)).text).not.toContain('max_concurrent')
    expect(await statusOn(api, `${name}/chat`)).toBe(200)
  })

  test('M-124: how it stands is shown for each provider-adapter that has called it', async () => {
    await becomes(
      'a line about it',
      async () => {
        const { text } = await manage('GET', `/providers/${name}`)
        const { health } = JSON.parse(text) as { health: { status: string; keys: number }[] }
        return health.some(({ keys }) => keys === 1)
      },
      10_000,
    )
    expect((await manage('POST', `/providers/${name}/reset`)).status).toBe(202)
    const tested = await manage('POST', `/providers/${name}/test`)
    expect(JSON.parse(tested.text)).toMatchObject({ ok: true, status: 200 })
  }, 15_000)

  test('a provider that is switched off, or removed, is not called any more', async () => {
    const is = (status: number) => async () => (await statusOn(api, `${name}/chat`)) === status
    await manage('POST', `/providers/${name}/disable`)
    await becomes('off', is(404), 5_000)
    await manage('POST', `/providers/${name}/enable`)
    await becomes('on', is(200), 5_000)
    expect((await manage('DELETE', `/providers/${name}`)).status).toBe(204)
    await becomes('gone', is(404), 5_000)
  }, 20_000)

  const inCluster = gateway.clusterJson === null ? test.skip : test
  inCluster(
    'M-321: nothing that the cluster wrote down holds a key, not even the log of the bus',
    async () => {
      const root = dirname(gateway.clusterJson ?? '')
      for (const key of [secret('first'), secret('second')])
        expect(await filesWith(key, root)).toEqual([])
      // What is looked for can be found at all.
      expect((await filesWith(name, root)).length).toBeGreaterThan(0)
    },
    30_000,
  )
})

test('M-129: a registered backend that is killed vanishes within its lease', async () => {
  await using folder = await ownFolder('registry')
  const name = `box-${suffix}`
  const port = String(await freePort())
  await using backend = startOwnProcess('packages/demo-provider/src/main.ts', {
    cwd: folder.path,
    args: ['--port', port, '--register', api, '--key', gateway.key, '--name', name, '--lease', '5'],
  })
  await becomes('a call', async () => (await statusOn(api, `${name}/chat`)) === 200, 15_000)
  expect((await manage('GET', '/registry')).text).toContain(`"${name}"`)
  backend.signal('SIGKILL')
  await backend.exited
  const killedAt = performance.now()
  await becomes('its end', async () => (await statusOn(api, `${name}/chat`)) === 404, 12_000)
  // The lease, and what a broadcast and a call take.
  expect(performance.now() - killedAt).toBeLessThan(7_000)
  expect((await manage('GET', '/registry')).text).not.toContain(`"${name}"`)
  const unknown = await errorOf(await callOn(api, `${name}/chat`))
  expect(unknown.code).toBe('model_not_found')
}, 40_000)

async function filesWith(text: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isFile()) return []
      const path = join(entry.parentPath, entry.name)
      const data = await readFile(path).catch(() => Buffer.alloc(0))
      return data.includes(text) ? [path] : []
    }),
  )
  return found.flat()
}
