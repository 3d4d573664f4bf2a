import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type Clock, systemClock } from '@sluice/kernel/clock'
import { type GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import {
  collectReply,
  createUpstream,
  type UpstreamCall,
  type UpstreamRequest,
  type UpstreamSink,
  type UpstreamTimeouts,
} from './upstream.ts'

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of running.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<URL> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  running.push({
    async [Symbol.asyncDispose]() {
      if ('closeAllConnections' in server) server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
  return new URL(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1/chat?x=1`)
}
const serve = (handler: RequestListener) => listen(createServer(handler))

function client({
  clock = systemClock,
  ...timeouts
}: Partial<UpstreamTimeouts> & { clock?: Clock } = {}) {
  const upstream = createUpstream({ clock, timeouts })
  running.push(upstream)
  return upstream
}
const post = (url: URL, more: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  url,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{}'),
  ...more,
})

/** Records every report in order, and lets a test wait for one. */
class Recorder implements UpstreamSink {
  readonly reports: string[] = []
  readonly ended = Promise.withResolvers<GatewayError | null>()
  text = ''
  #onText: () => void = () => undefined
  onHead(status: number): void {
    this.reports.push(`head ${String(status)}`)
  }
  onData(chunk: Buffer): void {
    this.text += chunk.toString()
    if (this.reports.at(-1) !== 'data') this.reports.push('data')
    this.#onText()
  }
  hasText(length: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onText = () => {
        if (this.text.length >= length) resolve()
      }
      this.#onText()
    })
  }
  onEnd(): void {
    this.reports.push('end')
    this.ended.resolve(null)
  }
  onError(error: GatewayError): void {
    this.reports.push('error')
    this.ended.resolve(error)
  }
}
const record = (upstream: ReturnType<typeof client>, request: UpstreamRequest) => {
  const sink = new Recorder()
  const call: UpstreamCall = upstream.call(request, sink)
  expect(sink.reports).toEqual([])
  return { sink, call }
}

describe('a call', () => {
  test('T42 hands over method, path, headers and body, and neither hop-by-hop headers nor a wish for compression', async () => {
    let seen: unknown
    const url = await serve((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method, url: path, headers } = request
        seen = { method, path, headers, body: Buffer.concat(chunks).toString() }
        response.setHeader('X-One', ['a', 'b'])
        response.end('answer')
      })
    })
    const headers = {
      'x-request-id': 'r1',
      connection: 'close',
      te: 'trailers',
      'accept-encoding': 'gzip',
      host: 'elsewhere',
    }
    const reply = await collectReply(client(), post(url, { headers }))
    expect(reply).toMatchObject({ status: 200, headers: { 'x-one': 'a, b' } })
    expect(reply.body.toString()).toBe('answer')
    expect(seen).toEqual({
      method: 'POST',
      path: '/v1/chat?x=1',
      body: '{}',
      headers: {
        host: url.host,
        connection: 'keep-alive',
        'accept-encoding': 'identity',
        'x-request-id': 'r1',
        'content-length': '2',
      },
    })
  })

  test('M-125 a hundred calls in a row use one connection', async () => {
    let connections = 0
    const server = createServer((_, response) => response.end('ok'))
    server.on('connection', () => (connections += 1))
    const url = await listen(server)
    const upstream = client()
    for (let i = 0; i < 100; i++) await collectReply(upstream, post(url))
    expect(connections).toBeLessThanOrEqual(2)
  })

  test('passes a stream on as it comes, and reports each step once', async () => {
    let finish: () => void = () => undefined
    const url = await serve((_, response) => {
      response.write('one ')
      finish = () => response.end('two')
    })
    const { sink } = record(client(), post(url))
    await sink.hasText(4)
    expect(sink.text).toBe('one ')
    finish()
    expect(await sink.ended.promise).toBeNull()
    expect(sink.text).toBe('one two')
    expect(sink.reports).toEqual(['head 200', 'data', 'end'])
  })

  test('follows no redirect: the credential stays where it was meant for', async () => {
    const url = await serve((_, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    })
    expect((await collectReply(client(), post(url))).status).toBe(302)
  })
})

describe('abort', () => {
  test('M-005 the provider sees the connection close at once, and the sink hears nothing more', async () => {
    const closed = Promise.withResolvers<void>()
    const url = await serve((_, response) => {
      response.write('x')
      response.on('close', () => {
        closed.resolve()
      })
    })
    const { sink, call } = record(client(), post(url))
    await sink.hasText(1)
    const reports = [...sink.reports]
    const before = performance.now()
    call.abort()
    await closed.promise
    expect(performance.now() - before).toBeLessThan(500)
    call.abort()
    expect(sink.reports).toEqual(reports)
  })

  test('a call aborted before it was connected is never sent', async () => {
    let requests = 0
    const url = await serve((_, response) => {
      requests += 1
      response.end()
    })
    const upstream = client()
    const { sink, call } = record(upstream, post(url))
    call.abort()
    await collectReply(upstream, post(url))
    expect(requests).toBe(1)
    expect(sink.reports).toEqual([])
  })
})

describe('errors', () => {
  test('nobody listens', async () => {
    const server = createTcpServer()
    const url = await listen(server)
    await running.pop()?.[Symbol.asyncDispose]()
    const { sink } = record(client(), post(url))
    const error = await sink.ended.promise
    expect(error).toMatchObject({ code: 'upstream_error', status: 502, retryable: true })
    const { message } = toGenerationError(error as GatewayError)
    expect(message).toBe('The provider could not be reached')
    expect(sink.reports).toEqual(['error'])
  })

  test.each([
    ['before the head', ''],
    ['in a chunked stream', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['in a counted body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello'],
  ])('the connection breaks %s', async (_, sent) => {
    const url = await listen(
      createTcpServer((socket: Socket) => {
        socket.once('data', () => socket.end(sent))
      }),
    )
    const { sink } = record(client(), post(url))
    const error = await sink.ended.promise
    expect(error).toMatchObject({ code: 'upstream_error', status: 502 })
    const { message } = toGenerationError(error as GatewayError)
    expect(message).not.toContain('reached')
    expect(sink.reports.filter((report) => report === 'error')).toHaveLength(1)
  })

  test('a header that cannot be sent fails the call after the handle was given', async () => {
    const url = new URL('http://127.0.0.1:1/')
    const { sink } = record(client(), post(url, { headers: { 'x-bad': 'a\nb' } }))
    expect(await sink.ended.promise).toMatchObject({ code: 'upstream_error' })
  })

  test('a reply larger than the limit is refused while it comes', async () => {
    const url = await serve((_, response) => {
      const write = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      }
      response.on('drain', write)
      write()
    })
    const reply = collectReply(client(), post(url), { maxBytes: 1_000_000 })
    await expect(reply).rejects.toMatchObject({ code: 'wire_event_too_large' })
  })

  test('closing the client fails what still runs', async () => {
    const url = await serve((_, response) => {
      response.write('x')
    })
    const upstream = client()
    const { sink } = record(upstream, post(url))
    await sink.hasText(1)
    await upstream[Symbol.asyncDispose]()
    expect(await sink.ended.promise).toMatchObject({ code: 'upstream_error' })
  })
})

describe('time limits', () => {
  const expectTimeout = async (sink: Recorder, text: string) => {
    const error = await sink.ended.promise
    expect(error).toMatchObject({ code: 'upstream_timeout', status: 504 })
    expect(error?.message).toContain(text)
    expect(sink.reports.filter((report) => report === 'error')).toHaveLength(1)
  }

  test('no connection', async () => {
    const clock = createFakeClock()
    const { sink } = record(client({ clock, connectMs: 50 }), post(await serve(() => undefined)))
    await clock.advance(100)
    await expectTimeout(sink, 'no connection within 50 ms')
  })

  test('no first byte', async () => {
    const clock = createFakeClock()
    const received = Promise.withResolvers<void>()
    const url = await serve(() => {
      received.resolve()
    })
    const { sink } = record(client({ clock }), post(url))
    await received.promise
    await clock.advance(119_000)
    expect(sink.reports).toEqual([])
    await clock.advance(1_200)
    await expectTimeout(sink, 'first byte')
  })

  test('no progress; every byte resets it, and a paused call does not count', async () => {
    const clock = createFakeClock()
    let write: (text: string) => void = () => undefined
    const url = await serve((_, response) => {
      write = (text) => response.write(text)
      write('x')
    })
    const { sink, call } = record(client({ clock, idleMs: 1_000 }), post(url))
    for (let length = 1; length <= 4; length++) {
      await sink.hasText(length)
      await clock.advance(900)
      write('x')
    }
    await sink.hasText(5)
    call.pause()
    await clock.advance(5_000)
    expect(sink.reports).toEqual(['head 200', 'data'])
    call.resume()
    await clock.advance(1_200)
    await expectTimeout(sink, 'progress')
  })

  test('no end', async () => {
    const clock = createFakeClock()
    const url = await serve((_, response) => {
      response.write('x')
    })
    const upstream = client({ clock, idleMs: 10_000 })
    const { sink } = record(upstream, post(url, { timeouts: { totalMs: 200 } }))
    await sink.hasText(1)
    await clock.advance(400)
    await expectTimeout(sink, 'no end')
  })
})

test('a paused call stops the provider from sending without bound', async () => {
  let sent = 0
  const url = await serve((_, response) => {
    const write = () => {
      while (!response.destroyed && sent < 64 * 1024 * 1024) {
        sent += 65_536
        if (!response.write(Buffer.alloc(65_536))) return
      }
      response.end()
    }
    response.on('drain', write)
    write()
  })
  const { sink, call } = record(client(), post(url))
  await sink.hasText(1)
  call.pause()
  let before = -1
  while (before !== sent) {
    before = sent
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(sent).toBeLessThan(64 * 1024 * 1024)
  call.resume()
  expect(await sink.ended.promise).toBeNull()
  expect(sink.text.length).toBe(64 * 1024 * 1024)
})
