import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { collectReply, createUpstream, type UpstreamTls } from './upstream.ts'

const pem = (name: string) => readFileSync(join(import.meta.dirname, '__fixtures__', name), 'utf8')

/** Certificates of an authority that nobody else trusts, good for a hundred years. */
const ours: UpstreamTls = {
  ca: pem('ca.pem'),
  cert: pem('client.pem'),
  key: pem('client-key.pem'),
  verify: true,
}

describe('M-036: TLS to a server that asks for a certificate', () => {
  let connections = 0
  const server = createServer(
    {
      cert: pem('server.pem'),
      key: pem('server-key.pem'),
      ca: pem('ca.pem'),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN)
    },
  )
  server.on('secureConnection', () => (connections += 1))
  const upstream = createUpstream({ clock: systemClock })
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(async () => {
    await upstream[Symbol.asyncDispose]()
    server.close()
    await once(server, 'close')
  })

  const ask = (tls: UpstreamTls | null) => {
    const url = new URL(`https://127.0.0.1:${String((server.address() as AddressInfo).port)}/`)
    return collectReply(upstream, { url, method: 'GET', headers: {}, body: null, tls })
  }

  test('the certificate of the row is shown, and its connection used again', async () => {
    for (let i = 0; i < 3; i++) expect((await ask(ours)).body.toString()).toBe('client of a test')
    expect(connections).toBeLessThanOrEqual(2)
  })

  test.each([
    ['without a certificate', { ...ours, cert: null, key: null }],
    ['by an authority that is not trusted', { ...ours, ca: null }],
    ['with nothing at all', null],
  ])('%s there is no connection', async (_, tls) => {
    await expect(ask(tls)).rejects.toMatchObject({ code: 'upstream_error' })
  })

  test('verify: false takes any certificate of a server', async () => {
    expect((await ask({ ...ours, ca: null, verify: false })).status).toBe(200)
  })
})
