import { expect, test } from '@jest/globals'
import type { Socket } from 'node:net'
import { chat, eventually, post, rawConnection, rawRequest } from '../../test/support/client.ts'
import type { Script, Work } from '../../test/support/scripted-worker.ts'
import { withTail } from '../../test/support/planted-generations.ts'
import { startTestIngress, type TestIngress } from '../../test/support/test-ingress.ts'

const stream = { ...chat, stream: true }

/** Publishes one part if it is a stream, then runs until it is cancelled. */
function hanging() {
  const works: Work[] = []
  let cancelled = 0
  const script: Script = async (work) => {
    works.push(work)
    if (work.claim.request.stream) await work.publish('{"choices":[]}')
    await work.cancelled
    cancelled += 1
    const error = { code: 'cancelled', status: 499, message: 'cancelled', retryable: false }
    await work.fail(error, 'cancelled')
  }
  return { works, script, cancelled: () => cancelled }
}

/** Calls, waits until the worker has it (and the head is there, for a stream), and leaves. */
async function callAndLeave(
  ingress: TestIngress,
  worker: ReturnType<typeof hanging>,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<void> {
  const client = new AbortController()
  const response = post(ingress, body, { headers, signal: client.signal })
  response.catch(() => undefined)
  const before = worker.works.length
  if ((body as { stream?: boolean }).stream) await response
  else await eventually(() => worker.works.length > before)
  client.abort()
  await eventually(() => ingress.log.some(({ outcome }) => outcome === 'client_disconnected'))
}

const graceMs = 100
const env = { INGRESS_DISCONNECT_GRACE_MS: String(graceMs) }

test.each([chat, stream])('M-005: a client that leaves for good cancels its call', async (body) => {
  const worker = hanging()
  await using ingress = await startTestIngress({ script: worker.script })
  await callAndLeave(ingress, worker, body)
  await eventually(() => worker.cancelled() === 1)
})

test.each([
  ['an Idempotency-Key', stream, { 'idempotency-key': 'a' }],
  ['x-gateway-on-disconnect: grace', stream, { 'x-gateway-on-disconnect': 'grace' }],
  ['an SDK’s retry count, before the head', chat, { 'x-stainless-retry-count': '0' }],
])('M-005: with %s the call goes on for a while', async (_name, body, headers) => {
  const worker = hanging()
  await using ingress = await startTestIngress({ script: worker.script, env })
  await callAndLeave(ingress, worker, body, headers)
  const left = performance.now()
  expect(worker.cancelled()).toBe(0)
  await eventually(() => worker.cancelled() === 1)
  expect(performance.now() - left).toBeGreaterThan(graceMs / 2)
})

test('M-005: after the head, an SDK that counts retries leaves for good', async () => {
  const worker = hanging()
  const headers = { 'x-stainless-retry-count': '0' }
  await using ingress = await startTestIngress({ script: worker.script })
  await callAndLeave(ingress, worker, stream, headers)
  await eventually(() => worker.cancelled() === 1)
})

test('M-005: what the caller says wins over what its SDK sends', async () => {
  const worker = hanging()
  const headers = { 'x-stainless-retry-count': '0', 'x-gateway-on-disconnect': 'cancel' }
  await using ingress = await startTestIngress({ script: worker.script })
  await callAndLeave(ingress, worker, chat, headers)
  await eventually(() => worker.cancelled() === 1)
})

test('M-005: with x-gateway-on-disconnect: continue the generation runs to its end', async () => {
  const left = Promise.withResolvers<void>()
  await using ingress = await startTestIngress({
    env: { INGRESS_DISCONNECT_GRACE_MS: '0' },
    async script(work) {
      await work.publish('{"choices":[]}')
      await left.promise
      await work.complete('[DONE]')
    },
  })
  const client = new AbortController()
  const headers = { 'x-gateway-on-disconnect': 'continue' }
  const response = await post(ingress, stream, { headers, signal: client.signal })
  client.abort()
  await eventually(() => ingress.log.some(({ outcome }) => outcome === 'client_disconnected'))
  left.resolve()
  const id = response.headers.get('x-request-id') ?? ''
  let state: string | undefined
  while (state !== 'completed') {
    state = (await ingress.generations.describe(id as never))?.state
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
})

test('a client that leaves while it is sending starts nothing', async () => {
  const worker = hanging()
  await using ingress = await startTestIngress({ script: worker.script })
  const socket = await rawConnection(ingress)
  socket.write(rawRequest(JSON.stringify(chat)).slice(0, -5))
  await new Promise((resolve) => setTimeout(resolve, 20))
  socket.destroy()
  await eventually(() => ingress.log.some(({ outcome }) => outcome === 'client_disconnected'))
  expect(worker.works).toHaveLength(0)
})

test('a pipelined call whose connection dies is cancelled too', async () => {
  const worker = hanging()
  await using ingress = await startTestIngress({
    script: worker.script,
    env: { INGRESS_KEEP_ALIVE_MS: '40' },
  })
  const socket = await rawConnection(ingress)
  const request = rawRequest(JSON.stringify(chat))
  socket.write(request + request)
  await eventually(() => worker.works.length === 2)
  socket.destroy()
  await eventually(() => worker.cancelled() === 2)
})

/** A stream much larger than what sockets hold, in entries of 32 KB. */
const flood = (entries: number, published: (count: number) => void): Script => {
  const data = `{"x":"${'x'.repeat(32_000)}"}`
  return async (work) => {
    for (let count = 1; count <= entries; count++) {
      await work.publish(data)
      published(count)
    }
    await work.complete('[DONE]')
  }
}

function pausedCall(ingress: TestIngress): Promise<Socket> {
  return rawConnection(ingress).then((socket) => {
    socket.pause()
    socket.write(rawRequest(JSON.stringify(stream), { connection: 'close' }))
    return socket
  })
}

test('a slow client gets everything at its own pace, and the rest waits in the log', async () => {
  const entries = 1_000
  let published = 0
  let pulled = 0
  await using ingress = await startTestIngress({
    script: flood(entries, (count) => (published = count)),
    wrap: withTail(async (next) => {
      const batch = await next()
      pulled += batch?.length ?? 0
      return batch
    }),
  })
  const socket = await pausedCall(ingress)
  await eventually(() => published === entries)
  // The kernel's buffers take some of it (up to 6 MB on loopback); this process no more than two batches.
  const pulledWhileStalled = pulled
  let bytes = 0
  let tail = ''
  for await (const piece of socket as AsyncIterable<Buffer>) {
    bytes += piece.length
    tail = (tail + piece.toString('latin1')).slice(-200)
  }
  expect(bytes).toBeGreaterThan(entries * 32_000)
  expect(tail).toContain('data: [DONE]')
  expect(pulledWhileStalled).toBeLessThan(entries / 3)
  expect(pulled).toBe(entries + 1)
})

test('a client that takes nothing is cut off, and its call gets a grace', async () => {
  let published = 0
  await using ingress = await startTestIngress({
    env: { ...env, INGRESS_STALL_TIMEOUT_MS: '150' },
    async script(work) {
      await flood(1_000, (count) => (published = count))(work)
    },
  })
  const socket = await pausedCall(ingress)
  await eventually(() => published === 1_000)
  await eventually(() => ingress.log.some(({ outcome }) => outcome === 'stalled'))
  socket.destroy()
})

test('a client that does not take the end of its answer is cut off as well', async () => {
  const reply = `{"x":"${'x'.repeat(20_000_000)}"}`
  await using ingress = await startTestIngress({
    env: { INGRESS_STALL_TIMEOUT_MS: '150' },
    script: (work) => work.complete(reply),
  })
  const socket = await rawConnection(ingress)
  socket.pause()
  socket.write(rawRequest(JSON.stringify(chat)))
  await eventually(() => ingress.log.some(({ outcome }) => outcome === 'client_disconnected'))
  socket.destroy()
})
