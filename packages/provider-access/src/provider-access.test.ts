import { generateKeyPairSync, verify } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createUpstream } from '@sluice/upstream'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { addressOf } from './address.ts'
import { createHeaderFilter, type HeaderTarget } from './call-headers.ts'
import { type Credential, createCredentials, secretsOf } from './credentials.ts'
import { KeyPool } from './key-pool.ts'
import { createRedaction } from './redaction.ts'

const openAi = (base: string) => `${base}/chat/completions`
const gemini = (stream: boolean) => (base: string) =>
  `${base}/v1beta/models/m:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`

describe('the address of a call', () => {
  const call = { wire: 'openai-chat', upstreamModel: 'gpt-4o', stream: true } as const

  test('is what the wire makes of the base URL', () => {
    const row = { baseUrl: 'http://h/v1', options: {} }
    expect(addressOf(row, call, openAi)).toBe('http://h/v1/chat/completions')
  })

  test('M-118: Azure addresses a deployment at a dated version', () => {
    const row = { baseUrl: 'https://a.openai.azure.com', options: { apiVersion: '2024-10-21' } }
    expect(addressOf(row, call, openAi)).toBe(
      'https://a.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
    )
    const responses = { ...call, wire: 'openai-responses' } as const
    expect(addressOf(row, responses, (base) => `${base}/responses`)).toBe(
      'https://a.openai.azure.com/openai/responses?api-version=2024-10-21',
    )
  })

  test('M-118: and has the paths of OpenAI without a date', () => {
    const baseUrl = 'https://a.openai.azure.com/openai/v1'
    expect(addressOf({ baseUrl, options: {} }, call, openAi)).toBe(`${baseUrl}/chat/completions`)
    expect(addressOf({ baseUrl, options: { apiVersion: 'preview' } }, call, openAi)).toBe(
      `${baseUrl}/chat/completions?api-version=preview`,
    )
  })

  const vertex = {
    baseUrl: 'https://us-east5-aiplatform.googleapis.com',
    options: { project: 'p', location: 'us-east5' },
  }
  const parent = `${vertex.baseUrl}/v1/projects/p/locations/us-east5/publishers`

  test.each([
    [false, 'generateContent'],
    [true, 'streamGenerateContent?alt=sse'],
  ])('M-114: Gemini on Vertex, stream %s', (stream, method) => {
    const asked = { wire: 'gemini', upstreamModel: 'gemini-2.5-pro', stream } as const
    expect(addressOf(vertex, asked, gemini(stream))).toBe(
      `${parent}/google/models/gemini-2.5-pro:${method}`,
    )
  })

  test.each([
    [false, 'rawPredict'],
    [true, 'streamRawPredict'],
  ])('M-115: Anthropic on Vertex, stream %s', (stream, method) => {
    const upstreamModel = 'claude-sonnet-4-5@20250929'
    const asked = { wire: 'anthropic-messages', upstreamModel, stream } as const
    expect(addressOf(vertex, asked, (base) => `${base}/v1/messages`)).toBe(
      `${parent}/anthropic/models/${upstreamModel}:${method}`,
    )
  })

  test.each([
    '..',
    '.',
    '../../v1/models',
    'a/../../b',
    '%2e%2e',
    'a?x=1',
    'a#b',
    String.raw`..\..`,
  ])('T61: a model named %j leads to no other path', (upstreamModel) => {
    const azure = { baseUrl: 'https://a.example', options: { apiVersion: '2024-10-21' } }
    for (const [row, wire] of [
      [azure, 'openai-chat'],
      [vertex, 'anthropic-messages'],
    ] as const) {
      let address: URL
      try {
        address = new URL(addressOf(row, { wire, upstreamModel, stream: false }, openAi))
      } catch (error) {
        expect(error).toMatchObject({ status: 400, param: 'model' })
        continue
      }
      expect(address.origin).toBe(new URL(row.baseUrl).origin)
      expect(address.pathname).toMatch(
        /^\/(openai\/deployments\/[^/]+\/chat\/completions|v1\/projects\/p\/locations\/us-east5\/publishers\/anthropic\/models\/[^/]+:rawPredict)$/,
      )
    }
  })
})

describe('M-122: a pool of keys', () => {
  const clock = createFakeClock()
  const keys = (...names: string[]) =>
    createCredentials(
      { auth: { type: 'bearer', keys: names }, options: {} },
      { clock, upstream: createUpstream({ clock }) },
    )
  const taken = (pool: KeyPool, times: number) =>
    Array.from({ length: times }, () => pool.take()?.number ?? null)

  test('they take turns', () => {
    expect(taken(new KeyPool(keys('a', 'b', 'c'), clock), 4)).toEqual([1, 2, 3, 1])
  })

  test('one that rests is passed over until it has rested', async () => {
    const credentials = keys('a', 'b')
    const pool = new KeyPool(credentials, clock)
    pool.rest(credentials[0] as Credential, 5_000)
    expect(taken(pool, 3)).toEqual([2, 2, 2])
    expect(pool.resting).toBe(1)
    await clock.advance(5_000)
    expect(taken(pool, 2)).toEqual([1, 2])
  })

  test('when all rest, it says for how long', async () => {
    const credentials = keys('a', 'b')
    const pool = new KeyPool(credentials, clock)
    for (const [i, credential] of credentials.entries()) pool.rest(credential, 2_000 + i * 1_000)
    expect(pool.take()).toBeNull()
    expect(pool.restMs).toBe(2_000)
    pool.wake()
    expect(pool.take()).not.toBeNull()
  })

  test('a provider cannot lock a key out for hours', () => {
    const credentials = keys('a')
    const pool = new KeyPool(credentials, clock)
    pool.rest(credentials[0] as Credential, 19 * 3_600_000)
    expect(pool.restMs).toBe(15 * 60_000)
  })
})

describe('M-035: headers to a provider', () => {
  const target: HeaderTarget = { callerWire: 'openai-chat', wire: 'openai-chat', traits: {} }
  const sent = (caller: Record<string, string>, more: Partial<HeaderTarget> = {}, row = {}) => {
    const into: Record<string, string> = {}
    const filter = createHeaderFilter({ headers: {}, forwardHeaders: [], ...row })
    filter(caller, { ...target, ...more }, into)
    return into
  }
  const anthropic = { callerWire: 'anthropic-messages', wire: 'anthropic-messages' } as const

  test('never a credential of the caller, whatever a row allows', () => {
    const caller = {
      authorization: 'a',
      cookie: 'b',
      'x-api-key': 'c',
      'api-key': 'd',
      'x-goog-api-key': 'e',
      'x-gateway-token': 'f',
      'x-amz-security-token': 'g',
      'accept-encoding': 'br',
      host: 'h',
    }
    expect(sent(caller, {}, { forwardHeaders: ['*'] })).toEqual({})
  })

  test('those of its own wire, and those of its row', () => {
    const caller = { 'openai-beta': 'x', 'anthropic-beta': 'y', 'x-acme-a': '1', 'x-other': '2' }
    const row = { forwardHeaders: ['X-Acme-*'] }
    expect(sent(caller, {}, row)).toEqual({ 'openai-beta': 'x', 'x-acme-a': '1' })
    expect(sent(caller, { callerWire: 'anthropic-messages' }, row)).toEqual({ 'x-acme-a': '1' })
  })

  test('M-116: those that a row sets are sent with every call', () => {
    expect(sent({}, {}, { headers: { 'x-openrouter-title': 'Sluice' } })).toEqual({
      'x-openrouter-title': 'Sluice',
    })
  })

  test('anthropic-version goes on as it came, and is there when it did not', () => {
    const version = (caller: Record<string, string>, traits = {}) =>
      sent(caller, { ...anthropic, traits })['anthropic-version']
    expect(version({ 'anthropic-version': '2026-10-21' })).toBe('2026-10-21')
    expect(version({})).toBe('2023-06-01')
    expect(version({}, { anthropicVersion: '2026-10-21' })).toBe('2026-10-21')
    expect(
      version({ 'anthropic-version': '2023-06-01' }, { anthropicVersion: 'vertex-2023-10-16' }),
    ).toBeUndefined()
  })

  test('T59: anthropic-beta as far as the target takes it', () => {
    const caller = { 'anthropic-beta': 'known-1, unknown-2' }
    const beta = (traits: object) => sent(caller, { ...anthropic, traits })['anthropic-beta']
    expect(beta({})).toBe('known-1, unknown-2')
    expect(beta({ anthropicBetas: ['known-1'] })).toBe('known-1')
    expect(beta({ anthropicBetas: [] })).toBeUndefined()
  })
})

test('T61: what a provider repeats of a key is taken out', () => {
  const auth = { type: 'bearer', keys: ['sk-of-the-provider', 'short'] } as const
  const redact = createRedaction(secretsOf(auth))
  expect(redact('wrong key: sk-of-the-provider, a short one')).toBe(
    'wrong key: [redacted], a short one',
  )
})

describe('M-114: a token of Google', () => {
  const cleanup: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const each of cleanup.splice(0).toReversed()) await each()
  })
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })

  async function start(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const grants: URLSearchParams[] = []
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        grants.push(new URLSearchParams(Buffer.concat(chunks).toString()))
        answer(request, response)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
    const tokenUri = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/token`
    const file = join(folder, 'account.json')
    await writeFile(
      file,
      JSON.stringify({
        type: 'service_account',
        client_email: 'a@p.iam.gserviceaccount.com',
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        private_key_id: 'kid-1',
        token_uri: tokenUri,
      }),
    )
    const clock = createFakeClock()
    const upstream = createUpstream({ clock })
    cleanup.push(async () => {
      await upstream[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true })
    })
    const auth = { type: 'google-oauth', credentialsFile: file } as const
    const [credential] = createCredentials({ auth, options: {} }, { upstream, clock })
    const ask = async () => {
      const headers: Record<string, string> = {}
      const url = new URL('https://v')
      await credential?.authorize({ method: 'POST', url, headers, body: null })
      return headers['authorization']
    }
    return { ask, grants, clock, credential, tokenUri }
  }

  let made = 0
  const hour = (_: IncomingMessage, response: ServerResponse) => {
    made += 1
    response.end(JSON.stringify({ access_token: `token-${String(made)}`, expires_in: 3_600 }))
  }
  /** A refresh in the background ends without anybody waiting for it. */
  const fetched = async (grants: unknown[], count: number) => {
    while (grants.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  test('is fetched once for all that wait, and once per lifetime', async () => {
    const { ask, grants, clock } = await start(hour)
    const tokens = await Promise.all(Array.from({ length: 50 }, ask))
    expect(new Set(tokens).size).toBe(1)
    await clock.advance(50 * 60_000)
    expect(await ask()).toBe(tokens[0])
    expect(grants).toHaveLength(1)
  })

  test('is asked for by an assertion that its key has signed', async () => {
    const { ask, grants, clock, tokenUri } = await start(hour)
    await ask()
    expect(grants[0]?.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const [head = '', claims = '', signature = ''] = grants[0]?.get('assertion')?.split('.') ?? []
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(read(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'kid-1' })
    const now = Math.floor(clock.now() / 1_000)
    expect(read(claims)).toMatchObject({ aud: tokenUri, iat: now, exp: now + 3_600 })
    const signed = Buffer.from(`${head}.${claims}`)
    expect(verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  test('T61: is fetched ahead of its end, while calls go on with the old one', async () => {
    const { ask, grants, clock } = await start(hour)
    const first = await ask()
    await clock.advance(56 * 60_000)
    expect(await ask()).toBe(first)
    await fetched(grants, 2)
    await clock.advance(5 * 60_000)
    expect(await ask()).not.toBe(first)
    expect(grants).toHaveLength(2)
  })

  test('T61: is fetched again once it was refused', async () => {
    const { ask, grants, credential } = await start(hour)
    const first = await ask()
    expect(credential?.renew()).toBe(true)
    expect(await ask()).not.toBe(first)
    expect(grants).toHaveLength(2)
  })

  test.each([
    [400, 'upstream_auth', false],
    [503, 'upstream_error', true],
  ])('an endpoint that answers %d fails the call with %s', async (status, code, retryable) => {
    const { ask } = await start((_, response) => response.writeHead(status).end('{"error":"x"}'))
    await expect(ask()).rejects.toMatchObject({ code, retryable })
  })

  test('a failure is not remembered', async () => {
    let away = true
    const { ask } = await start((request, response) => {
      if (away) response.writeHead(503).end()
      else hour(request, response)
    })
    await expect(ask()).rejects.toMatchObject({ code: 'upstream_error' })
    away = false
    expect(await ask()).toMatch(/^Bearer token-/)
  })

  test('a reply without a token shows nothing of what it was', async () => {
    const { ask } = await start((_, response) => response.end('{"id_token":"secret"}'))
    await expect(ask()).rejects.toThrow(/^(?!.*secret)/)
  })
})
