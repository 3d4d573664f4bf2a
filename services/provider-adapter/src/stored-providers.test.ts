import { afterEach, describe, expect, test } from '@jest/globals'
import { authPlace } from '@sluice/catalogue/sealed-place'
import {
  keyRestChannel,
  KeyRest,
  providerResetChannel,
} from '@sluice/contracts/rpc/provider-adapter'
import { createDemoProvider, type ServedCall } from '@sluice/demo-provider'
import { systemClock } from '@sluice/kernel/clock'
import { createOutboundGuard } from '@sluice/outbound-guard'
import { providerRow } from '@sluice/catalogue/rows'
import { createSecretBox } from '@sluice/secret-box'
import { startAdapter } from '../test/support/start-adapter.ts'
import { connectionOf } from './connection-of.ts'
import { openAuth } from './open-auth.ts'

const keyRing = { currentId: 'k', keys: new Map([['k', Buffer.alloc(32, 7)]]) }
const box = createSecretBox(keyRing)
const cleanup: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

const seal = (tenant: string | null, name: string, url: string) =>
  box.seal(JSON.stringify({ type: 'bearer', key: 'sk-open' }), authPlace(tenant, name, url))
const rowOf = (tenant: string | null, name: string, baseUrl: string, sealed: string) =>
  providerRow({
    tenant,
    name,
    wire: 'openai-chat',
    baseUrl,
    auth: { type: 'sealed', sealed },
    origin: 'database',
  })

describe('a credential of the database', () => {
  const url = 'https://acme.example/v1'
  const sealed = seal('red', 'acme', url)

  test('M-121: is opened for its row', () => {
    expect(openAuth(rowOf('red', 'acme', url, sealed), box)).toEqual({
      type: 'bearer',
      keys: ['sk-open'],
    })
  })

  test.each([
    ['another tenant', rowOf('blue', 'acme', url, sealed)],
    ['everybody', rowOf(null, 'acme', url, sealed)],
    ['another row', rowOf('red', 'other', url, sealed)],
    ['another host', rowOf('red', 'acme', 'https://evil.example/v1', sealed)],
    [
      'a flipped bit',
      rowOf('red', 'acme', url, `${sealed.slice(0, -2)}${sealed.endsWith('A') ? 'B' : 'A'}A`),
    ],
    ['a cut tag', rowOf('red', 'acme', url, sealed.slice(0, -6))],
    ['an unknown key', rowOf('red', 'acme', url, sealed.replace('v1.k.', 'v1.old.'))],
  ])('S-151: is refused to %s', (_who, row) => {
    expect(() => openAuth(row, box)).toThrow('cannot be decrypted')
  })

  test('without a key it is not called', () => {
    expect(() => openAuth(rowOf('red', 'acme', url, sealed), null)).toThrow('ENCRYPTION_KEY')
  })
})

test("M-320: the name of a tenant's provider is checked again when it is connected to", async () => {
  const guard = createOutboundGuard({
    policy: { allowedHosts: [], blockPrivateNetwork: true, timeoutMs: 1_000, maxBytes: 1_000 },
    clock: systemClock,
    resolve: () => Promise.resolve([{ address: '10.0.0.1', family: 4 }]),
  })
  const config = { tls: { ca: null, cert: null, key: null, verify: true } }
  const mine = providerRow({
    tenant: 'red',
    name: 'mine',
    wire: 'ollama',
    baseUrl: 'https://rebound.example',
    origin: 'database',
  })
  const lookup = connectionOf(mine, { config, guard })?.lookup
  const refused = await new Promise((resolve) => {
    lookup?.('rebound.example', {}, resolve)
  })
  expect(String(refused)).toContain('not public')
  // The operator's own may stand anywhere.
  expect(connectionOf({ ...mine, tenant: null }, { config, guard })).toBeNull()
})

describe('what provider-adapters tell each other', () => {
  const auth = { type: 'bearer', keys: ['key-a', 'key-b'] } as const

  test('M-122: a key that one was told to spare, the others spare as well', async () => {
    const calls: ServedCall[] = []
    const demo = createDemoProvider({ clock: systemClock, onCall: (call) => calls.push(call) })
    const adapter = await startAdapter(cleanup, { acme: demo }, { row: { auth } })
    await adapter.entriesOf(await adapter.ask())
    await adapter.entriesOf(await adapter.ask())
    expect(new Set(calls.map(({ credential }) => credential)).size).toBe(2)
    const number = 1
    const rest = { instance: 'another', id: 'acme', number, keys: 2, ms: 60_000 }
    await adapter.queue.broadcast(keyRestChannel, rest)
    const before = calls.length
    for (let i = 0; i < 4; i++) await adapter.entriesOf(await adapter.ask())
    expect(new Set(calls.slice(before).map(({ credential }) => credential)).size).toBe(1)
    // Numbers of another pool say nothing about this one.
    await adapter.queue.broadcast(keyRestChannel, { ...rest, number: 2, keys: 3 })
    const entries = await adapter.entriesOf(await adapter.ask())
    expect(entries.at(-1)?.end?.state).toBe('completed')
    await adapter.queue.broadcast(providerResetChannel, { id: 'acme' })
    const after = calls.length
    for (let i = 0; i < 4; i++) await adapter.entriesOf(await adapter.ask())
    expect(new Set(calls.slice(after).map(({ credential }) => credential)).size).toBe(2)
  })

  test('M-122: a 429 of one key of a pool is told', async () => {
    const heard: KeyRest[] = []
    const adapter = await startAdapter(
      cleanup,
      { acme: createDemoProvider({ clock: systemClock }) },
      { row: { auth } },
    )
    cleanup.push(
      await adapter.queue.onBroadcast(keyRestChannel, (message) => {
        heard.push(KeyRest.parse(message))
      }),
    )
    await adapter.entriesOf(await adapter.ask({ model: 'demo/chat:429' }))
    expect(heard[0]).toMatchObject({ id: 'acme', keys: 2, ms: 1_500 })
  })
})
