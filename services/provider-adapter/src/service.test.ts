import { type RequestListener } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import { createDemoProvider, type ServedCall } from '@sluice/demo-provider'
import { systemClock } from '@sluice/kernel/clock'
import { startAdapter as startAdapterWith } from '../test/support/start-adapter.ts'

const clock = systemClock
const cleanup: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

const startAdapter = (servers: Record<string, RequestListener>, env: Record<string, string> = {}) =>
  startAdapterWith(cleanup, servers, { env, config: { handOver: false } })
const demo = (calls: ServedCall[] = []) =>
  createDemoProvider({ clock, onCall: (call) => calls.push(call) })
const endOf = (entries: readonly LogEntry[]) => entries.at(-1)?.end
const textOf = (entries: readonly LogEntry[]) =>
  entries.map((entry) => entry.data.toString()).join('\n')
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('a generation', () => {
  test('M-111: is streamed into its log, the finish reason only in the terminal entry, and billed once', async () => {
    const adapter = await startAdapter({ acme: demo() })
    const id = await adapter.ask({ headers: { 'x-demo-tokens': '10', 'x-demo-interval-ms': '5' } })
    const entries = await adapter.entriesOf(id)
    expect(entries.length).toBeGreaterThan(3)
    expect(entries.slice(0, -1).every((entry) => !entry.data.includes('"finish_reason":"'))).toBe(
      true,
    )
    expect(entries[0]?.head).toMatchObject({ provider: 'acme', attempt: 1, wire: 'openai-chat' })
    expect(endOf(entries)).toMatchObject({ state: 'completed', finishReason: 'stop', error: null })
    expect(entries.at(-1)?.data.toString()).toContain('[DONE]')
    await until(() => adapter.records.length > 0)
    expect(adapter.records).toMatchObject([
      { request_id: id, state: 'completed', output_tokens: 10, estimated: false },
    ])
    const { input_tokens, output_tokens, amount_nano_usd } = adapter.records[0] ?? {
      input_tokens: 0,
      output_tokens: 0,
      amount_nano_usd: 0,
    }
    expect(amount_nano_usd).toBe(input_tokens * 1_000 + output_tokens * 2_000)
  })

  test('is answered whole when it is not a stream, in one entry', async () => {
    const adapter = await startAdapter({ acme: demo() })
    const entries = await adapter.entriesOf(await adapter.ask({ stream: false }))
    expect(entries).toHaveLength(1)
    expect(JSON.parse(textOf(entries))).toMatchObject({ object: 'chat.completion' })
  })

  test('M-120: without usage of the provider is billed by an estimate that says so', async () => {
    const adapter = await startAdapter({ acme: demo() })
    await adapter.entriesOf(await adapter.ask({ model: 'demo/chat:no-usage' }))
    await until(() => adapter.records.length > 0)
    expect(adapter.records[0]).toMatchObject({ estimated: true, state: 'completed' })
    expect(adapter.records[0]?.output_tokens).toBeGreaterThan(0)
  })

  test.each(['truncate', 'garbage', 'error-midstream'])(
    'that breaks off (%s) fails, keeps what was published, and is never called again',
    async (scenario) => {
      const calls: ServedCall[] = []
      const adapter = await startAdapter({ first: demo(calls), second: demo(calls) })
      const id = await adapter.ask({
        model: `demo/chat:${scenario}`,
        headers: { 'x-demo-tokens': '20', 'x-demo-interval-ms': '5' },
      })
      const entries = await adapter.entriesOf(id)
      expect(textOf(entries)).toContain('"content"')
      expect(textOf(entries)).not.toContain('[DONE]')
      expect(endOf(entries)).toMatchObject({ state: 'failed', error: { status: 502 } })
      await until(() => calls.length > 0)
      expect(calls).toHaveLength(1)
    },
  )

  test('goes to the next attempt of its plan when the first fails before anything was published', async () => {
    const broken: RequestListener = (_request, response) => {
      response
        .writeHead(503, { 'content-type': 'application/json' })
        .end('{"error":{"message":"no capacity"}}')
    }
    const adapter = await startAdapter({ broken, spare: demo() })
    const entries = await adapter.entriesOf(await adapter.ask())
    expect(endOf(entries)?.state).toBe('completed')
    expect(entries[0]?.head).toMatchObject({ provider: 'spare', attempt: 2 })
  })

  test('whose provider keeps the socket open after its end marker ends all the same', async () => {
    const lingering: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(
        'data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
      )
    }
    const adapter = await startAdapter({ lingering })
    expect(endOf(await adapter.entriesOf(await adapter.ask()))?.state).toBe('completed')
  })

  test('that a provider refuses costs nothing and carries the mapped error', async () => {
    const adapter = await startAdapter({ acme: demo() })
    const end = endOf(await adapter.entriesOf(await adapter.ask({ model: 'demo/chat:429' })))
    expect(end).toMatchObject({
      state: 'failed',
      amountNanoUsd: 0,
      error: { status: 429, code: 'rate_limit_exceeded', retryAfterMs: 1_500 },
    })
  })

  test('M-033: without a first byte in time fails with 504', async () => {
    const adapter = await startAdapter({ acme: demo() }, { FIRST_BYTE_TIMEOUT_MS: '200' })
    const end = endOf(await adapter.entriesOf(await adapter.ask({ model: 'demo/chat:timeout' })))
    expect(end).toMatchObject({ state: 'failed', error: { status: 504, code: 'upstream_timeout' } })
  })

  test('past its deadline ends as expired', async () => {
    const adapter = await startAdapter({ acme: demo() })
    const end = endOf(
      await adapter.entriesOf(await adapter.ask({ model: 'demo/chat:timeout', deadlineMs: 300 })),
    )
    expect(end).toMatchObject({ state: 'expired', error: { status: 504 } })
  })

  test('M-005: that is cancelled closes the provider’s socket, and is billed for what was published', async () => {
    const calls: ServedCall[] = []
    const adapter = await startAdapter({ acme: demo(calls) })
    const id = await adapter.ask({
      headers: { 'x-demo-tokens': '1000', 'x-demo-interval-ms': '5' },
    })
    using tail = adapter.generations.tail(id, { after: null, fresh: false })
    await tail.next()
    await tail.next()
    await adapter.generations.cancel(id, 'client_disconnected')
    await until(() => calls.length > 0 && adapter.records.length > 0)
    expect(calls[0]?.outcome).toBe('aborted')
    expect(adapter.records).toMatchObject([{ state: 'cancelled', estimated: true }])
    expect(adapter.records[0]?.output_tokens).toBeGreaterThan(0)
  })

  test('that still runs when the process must end gets its terminal error', async () => {
    const adapter = await startAdapter({ acme: demo() })
    const id = await adapter.ask({
      headers: { 'x-demo-tokens': '1000', 'x-demo-interval-ms': '5' },
    })
    using tail = adapter.generations.tail(id, { after: null, fresh: false })
    await tail.next()
    await adapter.service[Symbol.asyncDispose]()
    const summary = await adapter.generations.describe(id)
    expect(summary?.terminal).toMatchObject({
      state: 'failed',
      error: { code: 'shutting_down', retryable: true },
    })
  })
})

describe('what the provider gets', () => {
  test('M-026, M-035: the request id and its own credential, never the caller’s', async () => {
    const seen: Record<string, unknown>[] = []
    const inner = demo()
    const spy: RequestListener = (request, response) => {
      seen.push(request.headers)
      inner(request, response)
    }
    const adapter = await startAdapter({ acme: spy })
    const id = await adapter.ask({
      stream: false,
      headers: {
        'openai-beta': 'x',
        'x-demo-tokens': '2',
        authorization: 'Bearer caller',
        cookie: 'a=b',
        'x-other': '1',
      },
    })
    await adapter.entriesOf(id)
    expect(seen[0]).toMatchObject({
      'x-request-id': id,
      authorization: 'Bearer key-of-the-provider',
      'openai-beta': 'x',
      'x-demo-tokens': '2',
    })
    expect(seen[0]).not.toHaveProperty('cookie')
    expect(seen[0]).not.toHaveProperty('x-other')
  })

  test('M-125: a hundred calls one after the other share two connections at most', async () => {
    let connections = 0
    const inner = demo()
    const sockets = new WeakSet<object>()
    const counting: RequestListener = (request, response) => {
      if (!sockets.has(request.socket)) connections += 1
      sockets.add(request.socket)
      inner(request, response)
    }
    const adapter = await startAdapter({ acme: counting })
    for (let index = 0; index < 100; index++)
      await adapter.entriesOf(await adapter.ask({ stream: false }))
    expect(connections).toBeLessThanOrEqual(2)
  })
})
