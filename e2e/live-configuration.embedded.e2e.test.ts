import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { blockResources } from './support/block-resources.ts'
import { eventually, sdk } from './support/gateway.ts'
import { type OwnFolder, ownFolder, type OwnGateway, startGateway } from './support/own-gateway.ts'
import { startStubProvider, type StubProvider } from './support/stub-provider.ts'

const messages = [{ role: 'user' as const, content: 'Hello' }]
const key = (name: string) => `${name}-key-of-24-characters-or-more`

interface Contents {
  readonly models: readonly string[]
  /** Names of keys. */
  readonly keys: readonly string[]
  /** Lines that are there as they are. */
  readonly more?: string
}

/** The tests follow each other on one file, as an operator edits it. */
describe('M-313: sluice.yaml changes under a running gateway', () => {
  let folder: OwnFolder
  let stub: StubProvider
  let gateway: OwnGateway

  const resources = blockResources()
  beforeAll(async () => {
    folder = resources.use(await ownFolder('live'))
    stub = resources.use(await startStubProvider('stub'))
    await write({ models: ['first'], keys: ['old'] })
    gateway = resources.use(
      await startGateway({ dir: folder.path, env: { DEMO_PROVIDER_ENABLED: 'false' } }),
    )
  }, 90_000)

  /** Put in place whole, as editors do. */
  async function write({ models, keys, more = '' }: Contents): Promise<void> {
    const lines = [
      `providers: [{ name: acme, wire: openai-chat, base_url: "${stub.url}" }]`,
      'models:',
      ...models.map((name) => `  - { name: ${name}, provider: acme, price: free }`),
      'keys:',
      ...keys.map((name) => `  - { name: ${name}, key: ${key(name)} }`),
      more,
    ]
    const file = join(folder.path, 'sluice.yaml')
    await writeFile(`${file}.new`, lines.join('\n'))
    await rename(`${file}.new`, file)
  }

  const listed = async () =>
    (await sdk(gateway.api, { key: gateway.key }).models.list()).data.map(({ id }) => id)

  async function statusOfCall(model: string, name?: string): Promise<number> {
    const options = name === undefined ? {} : { key: key(name) }
    const response = await gateway.chat({ model, messages }, options)
    await response.text()
    return response.status
  }

  const becomes = (what: string, holds: () => Promise<boolean>, withinMs: number) =>
    eventually(what, async () => ((await holds()) ? true : undefined), withinMs)

  test('a model that is added is listed and can be called within 5 s', async () => {
    expect(await listed()).toEqual(['first'])
    expect(await statusOfCall('second')).toBe(404)
    await write({ models: ['first', 'second'], keys: ['old'] })
    await Promise.all([
      becomes('a call', async () => (await statusOfCall('second')) === 200, 5_000),
      becomes('a line of the list', async () => (await listed()).includes('second'), 5_000),
    ])
  }, 15_000)

  test('a key that is added works, and one that is removed stops working, within 7 s', async () => {
    expect(await statusOfCall('first', 'old')).toBe(200)
    expect(await statusOfCall('first', 'new')).toBe(401)
    await write({ models: ['first', 'second'], keys: ['new'] })
    await Promise.all([
      becomes('the new key', async () => (await statusOfCall('first', 'new')) === 200, 7_000),
      becomes('the old key', async () => (await statusOfCall('first', 'old')) === 401, 7_000),
    ])
  }, 20_000)

  test.each([
    { mistake: 'a member that does not exist', more: 'modles: []' },
    {
      mistake: 'a key whose tenant is no name',
      more: `  - { name: odd, key: ${key('odd')}, tenant: "a b" }`,
    },
    { mistake: 'two keys of one value', more: `  - { name: twin, key: ${key('late')} }` },
  ])(
    'a change with $mistake is refused as a whole, and the last good one stays',
    async ({ more }) => {
      const refusals = () => gateway.stdout.split('configuration file refused').length
      const before = refusals()
      await write({ models: ['third'], keys: ['late'], more })
      await eventually('the refusal in the log', async () =>
        Promise.resolve(refusals() > before ? true : undefined),
      )
      expect(await statusOfCall('third')).toBe(404)
      expect(await statusOfCall('first', 'late')).toBe(401)
      expect(await statusOfCall('second', 'new')).toBe(200)
    },
    20_000,
  )

  test('the next good change is applied', async () => {
    await write({ models: ['third'], keys: ['new'] })
    await becomes('a call', async () => (await statusOfCall('third')) === 200, 5_000)
    await becomes(
      'the end of an old model',
      async () => (await statusOfCall('first')) === 404,
      5_000,
    )
  }, 15_000)
})
