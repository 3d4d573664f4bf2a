import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { readOutboundPolicy } from './config.ts'
import {
  createOutboundGuard,
  type OutboundGuardOptions,
  type OutboundPolicy,
} from './outbound-guard.ts'
import { sniffMedia } from './sniff-media.ts'

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of running.splice(0)) await each[Symbol.asyncDispose]()
})

/** A server on loopback: what the guard must not reach, unless told that it may. */
async function serve(handler: RequestListener) {
  const hits: string[] = []
  const server = createServer((request, response) => {
    hits.push(request.url ?? '')
    handler(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  running.push({
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
  const { port } = server.address() as AddressInfo
  return { hits, port, host: `127.0.0.1:${String(port)}` }
}

function guard(
  policy: Partial<OutboundPolicy> = {},
  more: Partial<Omit<OutboundGuardOptions, 'policy'>> = {},
) {
  return createOutboundGuard({
    policy: { ...readOutboundPolicy({}), ...policy },
    clock: systemClock,
    ...more,
  })
}

const refused = { code: 'outbound_refused', status: 400 }
const loopback = [{ address: '127.0.0.1', family: 4 }]

describe('M-320: refused by the text of the URL alone', () => {
  const refuses = (url: string) => {
    expect(() => guard().check(url)).toThrow(expect.objectContaining(refused))
  }

  test.each([
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '①②⑦.⓪.⓪.①',
    '169。254。169。254',
    '0.0.0.0',
    '127.0.0.1.',
  ])('loopback and metadata in another spelling: %s', (host) => {
    refuses(`http://${host}/`)
  })

  test.each([
    '[::1]',
    '[::]',
    '[::ffff:7f00:1]',
    '[::ffff:169.254.169.254]',
    '[::ffff:8.8.8.8]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b:1::]',
    '[2002:a9fe:a9fe::]',
    '[2001:0:a9fe:a9fe::]',
    '[fec0::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[fe80::1%25eth0]',
    '[ff02::1]',
    '[2001:db8::1]',
  ])('IPv6 that is not public unicast: %s', (host) => {
    refuses(`http://${host}/`)
  })

  test.each([
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.100.100.200',
    '169.254.169.254',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ])('IPv4 that is not public unicast: %s', (host) => {
    refuses(`https://${host}/`)
  })

  test.each([
    'http://user:pw@example.com/',
    'http://user@example.com/',
    String.raw`http://a\@127.0.0.1`,
    'http://a%00.b/',
    'http://exam\nple.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'javascript:alert(1)',
    'data:text/plain,x',
    '//example.com/',
    'nonsense',
  ])('what is no plain web address: %j', refuses)

  test('a URL of 10 KB', () => {
    refuses(`https://example.com/${'a'.repeat(10_000)}`)
  })

  test.each(['22', '6379', '5432', '9092', '6333', '10250', '2379', '25'])(
    'port %s of a public host',
    (port) => {
      refuses(`http://example.com:${port}/`)
    },
  )

  test.each(['https://example.com/a.png', 'http://8.8.8.8/', 'https://[2606:4700::1111]:8443/x'])(
    'while %s passes',
    (url) => {
      expect(guard().check(url).href).toBe(url)
    },
  )

  test('a credential after the fragment sign is part of the fragment, and the host stays what it is', () => {
    expect(guard().check('http://example.com#@127.0.0.1').hostname).toBe('example.com')
  })
})

describe('M-320: refused by what a name resolves to', () => {
  test.each([
    ['a private address', loopback],
    ['one private among public ones', [{ address: '93.184.216.34', family: 4 }, ...loopback]],
    ['a private IPv6 only', [{ address: 'fd12::1', family: 6 }]],
    ['a mapped one', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['nothing', []],
  ])('%s', async (_, addresses) => {
    const resolve = () => Promise.resolve(addresses)
    await expect(guard({}, { resolve }).fetch('http://a.example/')).rejects.toMatchObject(refused)
  })

  test('DNS rebinding: the socket gets the address that was checked, and DNS is asked once', async () => {
    const server = await serve((_, response) => response.end('the first answer'))
    let asked = 0
    const resolve = () => {
      asked += 1
      return Promise.resolve(asked === 1 ? loopback : [{ address: '169.254.169.254', family: 4 }])
    }
    const host = `rebind.example:${String(server.port)}`
    const reply = await guard({ allowedHosts: [host] }, { resolve }).fetch(`http://${host}/`)
    expect(reply.body.toString()).toBe('the first answer')
    expect(asked).toBe(1)
  })

  test('link-local stays refused where private networks are let in', async () => {
    const resolve = () => Promise.resolve([{ address: '169.254.169.254', family: 4 }])
    const open = guard({ blockPrivateNetwork: false }, { resolve })
    await expect(open.fetch('http://a.example/')).rejects.toMatchObject(refused)
    expect(open.check('http://10.0.0.1/').hostname).toBe('10.0.0.1')
  })

  test('no text of a refusal names the address', async () => {
    const fetching = guard({}, { resolve: () => Promise.resolve(loopback) }).fetch(
      'http://a.example/',
    )
    await expect(fetching).rejects.toThrow(/^(?!.*127\.0).*not public/)
  })
})

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])(
    'M-320: %d to a private address is refused at that hop',
    async (status) => {
      const inner = await serve((_, response) => response.end('secret'))
      const outer = await serve((_, response) => {
        response.writeHead(status, { location: `http://${inner.host}/` }).end()
      })
      const allowed = { allowedHosts: [outer.host] }
      await expect(guard(allowed).fetch(`http://${outer.host}/`)).rejects.toMatchObject(refused)
      expect(inner.hits).toEqual([])
    },
  )

  test.each(['file:///etc/passwd', 'gopher://127.0.0.1/', 'http://169.254.169.254/'])(
    'to %s is refused',
    async (location) => {
      const outer = await serve((_, response) => response.writeHead(302, { location }).end())
      const allowed = { allowedHosts: [outer.host] }
      await expect(guard(allowed).fetch(`http://${outer.host}/`)).rejects.toMatchObject(refused)
    },
  )

  test('three are followed, a fourth is not', async () => {
    const server = await serve((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('there')
      else response.writeHead(302, { location: `/${String(left - 1)}` }).end()
    })
    const allowed = guard({ allowedHosts: [server.host] })
    expect((await allowed.fetch(`http://${server.host}/3`)).body.toString()).toBe('there')
    await expect(allowed.fetch(`http://${server.host}/4`)).rejects.toMatchObject(refused)
  })

  test('another origin gets none of the headers, nor the body', async () => {
    let seen: unknown
    const other = await serve((request, response) => {
      const { authorization, cookie } = request.headers
      seen = { authorization, cookie, method: request.method }
      response.end()
    })
    const first = await serve((_, response) => {
      response.writeHead(307, { location: `http://${other.host}/` }).end()
    })
    const headers = { authorization: 'Bearer secret', cookie: 'a=b' }
    const open = guard({ allowedHosts: [first.host, other.host] })
    await open.fetch(`http://${first.host}/`, { method: 'POST', headers, body: Buffer.from('x') })
    expect(seen).toEqual({ authorization: undefined, cookie: undefined, method: 'GET' })
  })
})

describe('bounds', () => {
  test.each([
    ['announced', true],
    ['sent without a word', false],
  ])('more than maxBytes, %s, is cut', async (_, announced) => {
    const server = await serve((__, response) => {
      if (announced) response.setHeader('content-length', 2_000)
      response.end(Buffer.alloc(2_000))
    })
    const small = guard({ allowedHosts: [server.host], maxBytes: 1_000 })
    await expect(small.fetch(`http://${server.host}/`)).rejects.toMatchObject({
      code: 'outbound_too_large',
      status: 400,
    })
  })

  test('an answer that drips ends at the time limit', async () => {
    const clock = createFakeClock()
    const started = Promise.withResolvers<void>()
    const server = await serve((_, response) => {
      response.write('x')
      started.resolve()
    })
    const slow = guard({ allowedHosts: [server.host] }, { clock }).fetch(`http://${server.host}/`)
    const ended = slow.then(
      () => null,
      (error: unknown) => error,
    )
    await started.promise
    await clock.advance(10_001)
    expect(await ended).toMatchObject({ code: 'outbound_timeout', status: 400 })
  })

  test('a compressed answer is refused', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('bomb')
    })
    const open = guard({ allowedHosts: [server.host] })
    await expect(open.fetch(`http://${server.host}/`)).rejects.toMatchObject({ status: 400 })
  })

  test('nobody there is a 400 that names no address', async () => {
    const fetching = guard({ allowedHosts: ['127.0.0.1:1'] }).fetch('http://127.0.0.1:1/')
    await expect(fetching).rejects.toMatchObject({ code: 'outbound_failed', status: 400 })
    await expect(fetching).rejects.toThrow(/^(?!.*127)/)
  })
})

test('T39: media is known by its content', () => {
  expect(sniffMedia(Buffer.from('\x89PNG\r\n\x1A\n....', 'latin1'))).toBe('image/png')
  expect(sniffMedia(Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1'))).toBe('image/webp')
  expect(sniffMedia(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg">'))).toBeNull()
  expect(sniffMedia(Buffer.alloc(0))).toBeNull()
})
