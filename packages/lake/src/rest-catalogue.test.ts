import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { restCatalogue } from './rest-catalogue.ts'

type Handle = (request: IncomingMessage, body: string) => { status?: number; body?: string }

async function open(handle: Handle, properties: Readonly<Record<string, string>> = {}) {
  const asked: string[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void text(request).then((sent) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
      const { status = 200, body = '{}' } = handle(request, sent)
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clock = createFakeClock()
  const config = {
    kind: 'rest',
    uri: `http://127.0.0.1:${String(port)}/catalog/`,
    credential: 'client:se:cret',
    warehouse: 'a b',
    properties,
  } as const
  return {
    asked,
    clock,
    catalogue: restCatalogue(config, clock),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const table =
  '{"metadata-location":"file:///x","metadata":{"location":"file:///t","current-snapshot-id":8123456789012345678}}'

describe('M-265: tables of a REST catalogue', () => {
  test('are found by its prefix, with a token that is asked for once, and ids of 64 bits stay whole', async () => {
    const forms: string[] = []
    await using opened = await open(
      ({ url, headers }, body) => {
        if (url === '/catalog/v1/oauth/tokens') {
          forms.push(body)
          return { body: '{"access_token":"t1","expires_in":3600}' }
        }
        if (headers.authorization !== 'Bearer t1' || headers['x-extra'] !== '1')
          return { status: 401 }
        if (url?.startsWith('/catalog/v1/config'))
          return { body: '{"defaults":{"prefix":"wrong"},"overrides":{"prefix":"p1"}}' }
        return url === '/catalog/v1/p1/namespaces/gateway/tables/usage'
          ? { body: table }
          : { status: 404 }
      },
      { scope: 'all', 'header.x-extra': '1' },
    )
    const { catalogue, asked, clock } = opened
    const found = await catalogue.load('gateway', 'usage')
    expect(found).toMatchObject({ location: 'file:///t' })
    expect(found?.['current-snapshot-id']).toBe(8_123_456_789_012_345_678n)
    expect(await catalogue.load('gateway', 'none')).toBeNull()
    expect(new URLSearchParams(forms[0])).toEqual(
      new URLSearchParams(
        'grant_type=client_credentials&scope=all&client_secret=se%3Acret&client_id=client',
      ),
    )
    expect(asked.filter((each) => each.includes('oauth'))).toHaveLength(1)
    expect(asked[1]).toBe('GET /catalog/v1/config?warehouse=a%20b')
    await clock.advance(3_600_000)
    await catalogue.load('gateway', 'usage')
    expect(asked.filter((each) => each.includes('oauth'))).toHaveLength(2)
  })

  test('a catalogue that fails is no empty one, and is asked again', async () => {
    let isAway = true
    await using opened = await open(
      ({ url }) => {
        if (isAway) return { status: 503 }
        return url?.includes('/tables/') ? { body: table } : {}
      },
      { token: 'given' },
    )
    const { catalogue, asked } = opened
    await expect(catalogue.load('gateway', 'usage')).rejects.toMatchObject({
      code: 'lake_unreadable',
      status: 503,
    })
    isAway = false
    expect(await catalogue.load('gateway', 'usage')).not.toBeNull()
    expect(asked.at(-1)).toBe('GET /catalog/v1/namespaces/gateway/tables/usage')
  })
})
