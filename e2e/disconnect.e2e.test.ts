import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { blockResources } from './support/block-resources.ts'
import { readCluster } from './support/cluster.ts'
import {
  endStateOf,
  eventually,
  gatewayUnderTest,
  getGeneration,
  postChat,
} from './support/gateway.ts'
import { ownFolder, type OwnGateway, startGateway } from './support/own-gateway.ts'
import { onlyServedCall, servedCalls } from './support/provider-log.ts'
import { readSse } from './support/sse-reader.ts'

const { apis, mode } = gatewayUnderTest()
const [api = ''] = apis
const apiOf = (turn: number) => apis[turn % apis.length] ?? api

const question = {
  model: 'demo/chat',
  stream: true,
  messages: [{ role: 'user', content: 'Are you still there?' }],
}

/** Calls, reads a little, and leaves. */
async function callAndLeave(
  headers: Record<string, string>,
): Promise<{ readonly id: string; readonly tag: string; readonly cursor: string }> {
  const tag = randomUUID()
  const pace = { 'x-demo-tokens': '60', 'x-demo-interval-ms': '50', 'x-demo-tag': tag }
  const { requestId: id, events } = await readSse(
    (signal) => postChat(api, question, { headers: { ...pace, ...headers }, signal }),
    500,
  )
  return { id, tag, cursor: events.at(-1)?.id ?? '' }
}

const resume = (turn: number, id: string, cursor: string) =>
  readSse((signal) =>
    getGeneration(apiOf(turn), id, '/stream', { headers: { 'last-event-id': cursor }, signal }),
  )

// Side by side: each has a generation of its own, and waits most of its time.
describe('a client that leaves', () => {
  test.concurrent('M-005: for good: the call is cancelled and the provider’s connection closed within 2 s', async () => {
    const left = performance.now()
    const { id, tag } = await callAndLeave({})
    const call = await eventually('the provider to notice', async () => (await servedCalls(tag))[0])
    expect(call.outcome).toBe('aborted')
    expect(performance.now() - left).toBeLessThan(3_000)
    expect(await endStateOf(apiOf(1), id)).toBe('cancelled')
    const again = await readSse((signal) => getGeneration(apiOf(1), id, '/stream', { signal }))
    expect(again.events.at(-1)?.data).toMatch(/"code":"(request|generation)_cancelled"/)
  })

  test.concurrent.each([
    ['an Idempotency-Key', { 'idempotency-key': randomUUID() }],
    ['x-gateway-on-disconnect: grace', { 'x-gateway-on-disconnect': 'grace' }],
  ])(
    'M-005, FM01: with %s: comes back, to any process, and gets the rest',
    async (_name, headers) => {
      const { id, tag, cursor } = await callAndLeave(headers)
      await sleep(300)
      const rest = await resume(1, id, cursor)
      expect(rest.events.at(-1)?.data).toBe('[DONE]')
      expect(await endStateOf(api, id)).toBe('completed')
      expect(await onlyServedCall(tag)).toMatchObject({ outcome: 'completed', tokens: 60 })
    },
  )

  test.concurrent('M-005: with x-gateway-on-disconnect: continue: the call runs to its end alone', async () => {
    const { id } = await callAndLeave({ 'x-gateway-on-disconnect': 'continue' })
    expect(await endStateOf(apiOf(1), id)).toBe('completed')
  })

  test.concurrent('M-005: while somebody else reads at another process, the call goes on', async () => {
    const pace = { 'x-demo-tokens': '60', 'x-demo-interval-ms': '50' }
    const caller = new AbortController()
    const response = await postChat(api, question, { headers: pace, signal: caller.signal })
    const id = response.headers.get('x-request-id') ?? ''
    const reading = readSse((signal) => getGeneration(apiOf(1), id, '/stream', { signal }))
    await sleep(500)
    caller.abort()
    expect((await reading).events.at(-1)?.data).toBe('[DONE]')
    expect(await endStateOf(api, id)).toBe('completed')
  })
})

describe('times of an operator', () => {
  let gateway: OwnGateway
  const resources = blockResources()
  beforeAll(async () => {
    const folder = resources.use(await ownFolder('disconnect'))
    const env = { INGRESS_DISCONNECT_GRACE_MS: '1000', INGRESS_STALL_TIMEOUT_MS: '1500' }
    gateway = resources.use(await startGateway({ dir: folder.path, env }))
  }, 90_000)

  const call = (headers: Record<string, string>, signal?: AbortSignal) =>
    gateway.chat(question, {
      headers: { 'x-demo-tokens': '400', 'x-demo-interval-ms': '50', ...headers },
      ...(signal ? { signal } : {}),
    })
  const stateOf = async (id: string) => {
    const response = await getGeneration(gateway.api, id, '', { key: gateway.key })
    return ((await response.json()) as { state: string }).state
  }
  const cancelled = (id: string) =>
    eventually('the grace to end', async () =>
      (await stateOf(id)) === 'cancelled' ? true : undefined,
    )

  test('M-005: a grace that nobody ends by coming back ends the call', async () => {
    const client = new AbortController()
    const response = await call({ 'x-gateway-on-disconnect': 'grace' }, client.signal)
    const id = response.headers.get('x-request-id') ?? ''
    client.abort()
    const left = performance.now()
    await sleep(400)
    expect(await stateOf(id)).toBe('running')
    await cancelled(id)
    expect(performance.now() - left).toBeGreaterThan(900)
  })

  test('FM04: a client that takes nothing is cut off, its call goes on for the grace, and it can come back', async () => {
    const { port } = new URL(gateway.api)
    const many = { 'x-demo-tokens': '100000', 'x-demo-interval-ms': '0' }
    const stalled = request({
      port,
      path: '/v1/chat/completions',
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.key}`,
        'content-type': 'application/json',
        ...many,
      },
    })
    stalled.end(JSON.stringify(question))
    const [response] = (await once(stalled, 'response')) as [IncomingMessage]
    // Never read: what the sockets hold fills up.
    response.pause()
    const id = String(response.headers['x-request-id'])
    const since = performance.now()
    await eventually('the connection to be cut', async () =>
      response.socket.destroyed || gateway.stdout.includes('"outcome":"stalled"')
        ? true
        : undefined,
    )
    expect(performance.now() - since).toBeLessThan(8_000)
    stalled.destroy()
    const whole = await readSse((signal) =>
      getGeneration(gateway.api, id, '/stream', { key: gateway.key, signal }),
    )
    expect(whole.status).toBe(200)
    expect(whole.events.at(-1)?.data).toBe('[DONE]')
  }, 60_000)
})

if (mode === 'distributed') {
  describe('an ingress that is told to stop', () => {
    test('M-305, FM08: says so, serves on, and lets its open streams end', async () => {
      const { processes } = readCluster()
      const ingress = processes.find((each) => each.service === 'ingress' && each.replica === 0)
      if (!ingress?.api) throw new Error('no ingress')
      const own = ingress.api
      const pace = { 'x-demo-tokens': '160', 'x-demo-interval-ms': '50' }
      const open = Array.from({ length: 10 }, () =>
        readSse(() => postChat(own, question, { headers: pace })),
      )
      await sleep(1_000)
      process.kill(ingress.pid, 'SIGTERM')
      await eventually('/readyz to say so', async () =>
        (await fetch(`${own}/readyz`)).status === 503 ? true : undefined,
      )
      const late = await postChat(own, { ...question, stream: false })
      expect([late.status, late.headers.get('connection')]).toEqual([200, 'close'])
      await late.text()
      await eventually(
        'new connections to be refused',
        () =>
          fetch(`${own}/health`).then(
            async (response) => void (await response.text()),
            () => true,
          ),
        10_000,
      )
      for (const { ending, events } of await Promise.all(open))
        expect([ending, events.at(-1)?.data]).toEqual(['end', '[DONE]'])
      await eventually(
        'its successor',
        async () =>
          (await fetch(`${own}/readyz`).catch(() => null))?.status === 200 ? true : undefined,
        30_000,
      )
    }, 90_000)
  })
}
