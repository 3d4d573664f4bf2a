import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import type { Toxic } from './toxics.ts'

/** Sends back what it gets, and ends when its client ends. */
const echo = createServer((socket) => {
  socket.on('error', () => undefined)
  socket.pipe(socket)
})
let proxy: FaultProxy
let clients: Socket[] = []

beforeEach(async () => {
  if (!echo.listening) await once(echo.listen(0, '127.0.0.1'), 'listening')
  const { port } = echo.address() as AddressInfo
  proxy = await startFaultProxy({ target: { host: '127.0.0.1', port }, port: 0, random: () => 0.5 })
})
afterEach(async () => {
  for (const client of clients) client.destroy()
  clients = []
  await proxy[Symbol.asyncDispose]()
  echo.close()
  await once(echo, 'close')
})

interface Ending {
  readonly bytes: Buffer
  /** `end`: closed in good order; else the error's code. */
  readonly how: string
}

interface Client {
  readonly socket: Socket
  /** Settles when `count` bytes have come. */
  received(count: number): Promise<Buffer>
  readonly ended: Promise<Ending>
}

async function open(): Promise<Client> {
  const socket = connect({ host: '127.0.0.1', port: proxy.port, allowHalfOpen: false })
  clients.push(socket)
  let bytes = Buffer.alloc(0)
  let how = 'end'
  socket.on('data', (more: Buffer) => {
    bytes = Buffer.concat([bytes, more])
    socket.emit('more')
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    how = error.code ?? error.message
  })
  const ended = new Promise<Ending>((resolve) => {
    socket.on('close', () => {
      resolve({ bytes, how })
    })
  })
  await once(socket, 'connect')
  const received = async (count: number) => {
    while (bytes.length < count) await once(socket, 'more')
    return bytes
  }
  return { socket, received, ended }
}

/** Milliseconds from sending `text` until its echo is there whole. */
async function roundTrip(client: Client, text: string): Promise<number> {
  const start = performance.now()
  client.socket.write(text)
  await client.received(text.length)
  return performance.now() - start
}

async function withToxic(...toxics: Toxic[]): Promise<Client> {
  await proxy.setToxics(toxics)
  return open()
}

test('FM43: without toxics a megabyte passes whole, and the end too', async () => {
  const client = await open()
  const sent = Buffer.alloc(1024 * 1024, 'abcdefgh')
  client.socket.end(sent)
  const { bytes, how } = await client.ended
  expect(bytes.equals(sent)).toBe(true)
  expect(how).toBe('end')
  expect(proxy.connections).toBe(0)
})

test('FM43: latency delays every piece, and does not add up over pieces sent together', async () => {
  const latency = { type: 'latency', latencyMs: 300, jitterMs: 0 } as const
  const client = await withToxic({ ...latency, direction: 'downstream' })
  expect(await roundTrip(client, 'a')).toBeGreaterThan(290)
  const start = performance.now()
  for (let index = 0; index < 10; index++) {
    client.socket.write('b')
    await new Promise((resolve) => setImmediate(resolve))
  }
  await client.received(11)
  // Added up they would take three seconds.
  expect(performance.now() - start).toBeLessThan(2_000)
})

test('FM43: down refuses new connections and closes open ones; it listens again on the same port', async () => {
  const client = await open()
  await roundTrip(client, 'x')
  await proxy.setToxics([{ type: 'down' }])
  await client.ended
  await expect(open()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await proxy.setToxics([])
  expect(await roundTrip(await open(), 'x')).toBeGreaterThan(0)
})

test('FM43: bandwidth bounds the rate', async () => {
  const client = await withToxic({
    type: 'bandwidth',
    bytesPerSecond: 20_000,
    direction: 'upstream',
  })
  expect(await roundTrip(client, 'x'.repeat(6_000))).toBeGreaterThan(250)
})

test('FM43: slow_close holds the end back, not the data', async () => {
  const client = await withToxic({ type: 'slow_close', delayMs: 150, direction: 'downstream' })
  const start = performance.now()
  client.socket.end('bye')
  expect((await client.received(3)).toString()).toBe('bye')
  expect(performance.now() - start).toBeLessThan(140)
  await client.ended
  expect(performance.now() - start).toBeGreaterThan(145)
})

test('FM43: timeout lets nothing pass and closes in the end; what was held passes when it goes away', async () => {
  const client = await open()
  await proxy.setToxics([{ type: 'timeout', timeoutMs: 0 }])
  client.socket.write('held')
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(client.socket.bytesRead).toBe(0)
  await proxy.setToxics([])
  expect((await client.received(4)).toString()).toBe('held')

  await proxy.setToxics([{ type: 'timeout', timeoutMs: 50 }])
  client.socket.write('lost')
  expect((await client.ended).bytes.toString()).toBe('held')
})

test('FM43: reset_peer gives the client a reset, not an end', async () => {
  const client = await withToxic({ type: 'reset_peer', afterMs: 30 })
  expect((await client.ended).how).toBe('ECONNRESET')
})

test('FM43: slicer keeps every byte in its place', async () => {
  const client = await withToxic({ type: 'slicer', averageBytes: 7, delayMs: 0 })
  const sent = Array.from({ length: 200 }, (_, index) => `${String(index)},`).join('')
  client.socket.end(sent)
  expect((await client.ended).bytes.toString()).toBe(sent)
})

test('FM43: limit_data closes after so many bytes, which arrive', async () => {
  const client = await withToxic({ type: 'limit_data', bytes: 10, direction: 'downstream' })
  client.socket.write('0123456789abcdef')
  expect((await client.ended).bytes.toString()).toBe('0123456789')
})

test('FM43: toxicity is the share of connections that a toxic befalls', async () => {
  const reset = { type: 'reset_peer', afterMs: 0 } as const
  const spared = await withToxic({ ...reset, toxicity: 0.4 })
  expect(await roundTrip(spared, 'x')).toBeGreaterThan(0)
  const struck = await withToxic({ ...reset, toxicity: 0.6 })
  expect((await struck.ended).how).toBe('ECONNRESET')
})

test('a server that is not there gives the client a reset', async () => {
  echo.close()
  const client = await open()
  expect((await client.ended).how).toBe('ECONNRESET')
  await once(echo.listen(0, '127.0.0.1'), 'listening')
})
