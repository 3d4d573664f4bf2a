import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { freePort } from '../tools/src/processes/free-port.ts'
import { blockResources } from './support/block-resources.ts'
import { readCluster } from './support/cluster.ts'
import { eventually, gatewayUnderTest } from './support/gateway.ts'
import { readInterface, type Interface } from './support/interface.ts'
import { ownFolder, spawnGateway, startOwnProcess } from './support/own-gateway.ts'
import { startRefusingProvider } from './support/refusing-provider.ts'

const { apis, key, mode } = gatewayUnderTest()
const [api = ''] = apis
const suffix = randomUUID().slice(0, 8)
const json = { 'content-type': 'application/json' }

interface Asked {
  readonly api?: string
  readonly key?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** One call of a row; everything but what a test is about is in order. */
function ask(method: string, path: string, asked: Asked = {}): Promise<Response> {
  const { headers = {}, body } = asked
  const credential = asked.key === undefined ? key : asked.key
  return fetch((asked.api ?? api) + path, {
    method,
    headers: {
      ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
      ...(body === undefined ? {} : json),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

async function made<Body>(response: Promise<Response>): Promise<Body> {
  const answer = await response
  const body = await answer.text()
  if (!answer.ok) throw new Error(`${String(answer.status)} ${body}`)
  return JSON.parse(body) as Body
}

const makeKey = async (settings: object): Promise<{ id: string; key: string }> =>
  made(ask('POST', '/v1/tokens', { body: { name: `openapi-${suffix}`, ...settings } }))

const chat = { model: 'demo/chat', messages: [{ role: 'user', content: 'Hello' }] }
const message = { ...chat, max_tokens: 16 }

/** What provokes each status of an operation; a status twice where there is more than one way to it. */
type Ways = Readonly<Record<string, readonly (() => Promise<Response>)[]>>

describe('M-024: every status that is documented for these operations is answered, each with the body that is documented', () => {
  const resources = blockResources()
  let contract: Interface
  let narrow: string
  let small: string
  let user: string
  let once: string
  let generation: string
  /** Each provider its own: what it fails with is held against it. */
  const failures = [
    [502, 'openai-chat'],
    [503, 'openai-chat'],
    [504, 'openai-chat'],
    [502, 'anthropic-messages'],
    [504, 'anthropic-messages'],
  ] as const
  type Wire = (typeof failures)[number][1]
  const providerOf = (status: number, wire: Wire) => `refused-${suffix}-${wire}-${String(status)}`
  /** A model whose provider answers with that status. */
  const refused = (status: number, wire: Wire) => `${providerOf(status, wire)}/model`

  beforeAll(async () => {
    contract = await readInterface(api)
    const provider = resources.use(await startRefusingProvider())
    for (const [status, wire] of failures) {
      const name = providerOf(status, wire)
      const base_url = wire === 'openai-chat' ? `${provider.url}/v1` : provider.url
      await made(ask('POST', '/v1/providers', { body: { name, wire, base_url } }))
      const model = { name: refused(status, wire), upstream_model: String(status), price: 'free' }
      await made(ask('POST', `/v1/providers/${name}/models`, { body: model }))
    }
    const keys = await Promise.all([
      makeKey({ scopes: ['/v1/embeddings'] }),
      makeKey({ max_body_bytes: 40 }),
      makeKey({ role: 'user' }),
      makeKey({ limits: { requests_per_minute: 1 } }),
    ])
    ;[narrow = '', small = '', user = '', once = ''] = keys.map((each) => each.key)
    const answer = await ask('POST', '/v1/chat/completions', { body: chat })
    generation = answer.headers.get('x-request-id') ?? ''
    await answer.text()
    await ask('POST', '/v1/chat/completions', { body: chat, key: once })
    await eventually('the models of the last provider', async () => {
      const { status } = await ask('GET', `/v1/models/${refused(504, 'anthropic-messages')}`)
      return status === 200 || undefined
    })
  }, 60_000)

  /** What rows with a credential and a body have in common. */
  const ofBody = (path: string, body: object): Ways => ({
    400: [() => ask('POST', path, { body: '{' })],
    401: [
      () => ask('POST', path, { body, key: null }),
      () => ask('POST', path, { body, key: 'wrong' }),
    ],
    403: [() => ask('POST', path, { body, key: narrow })],
    413: [() => ask('POST', path, { body, key: small })],
    415: [() => ask('POST', path, { body, headers: { 'content-type': 'text/plain' } })],
  })
  const ofInference = (path: string, body: object, wire: Wire): Ways => {
    const call = (asked: Asked) => ask('POST', path, { body, ...asked })
    const failing = (status: number) => () =>
      call({ body: { ...body, model: refused(status, wire) } })
    const common = ofBody(path, body)
    const overload = wire === 'openai-chat' ? 503 : 529
    return {
      ...common,
      200: [() => call({}), () => call({ body: { ...body, stream: true } })],
      400: [...(common[400] ?? []), () => call({ body: { ...body, model: 'demo/embed' } })],
      402: [() => call({ headers: { 'x-gateway-budget-usd': '0.000000001' } })],
      404: [() => call({ body: { ...body, model: 'no/such' } })],
      422: [
        async () => {
          const headers = { 'idempotency-key': randomUUID() }
          await call({ headers })
          return call({ headers, body: { ...body, temperature: 0.5 } })
        },
      ],
      429: [() => call({ key: once })],
      502: [failing(502)],
      503: [() => call({ body: { ...body, model: 'demo/chat:quota' } })],
      [overload]: [() => call({ body: { ...body, model: refused(503, 'openai-chat') } })],
      504: [failing(504)],
    }
  }

  const operations: readonly (readonly [string, () => Ways])[] = [
    ['POST /v1/chat/completions', () => ofInference('/v1/chat/completions', chat, 'openai-chat')],
    ['POST /v1/messages', () => ofInference('/v1/messages', message, 'anthropic-messages')],
    [
      'POST /v1/messages/count_tokens',
      () => ({
        ...ofBody('/v1/messages/count_tokens', chat),
        200: [() => ask('POST', '/v1/messages/count_tokens', { body: chat })],
        404: [
          () => ask('POST', '/v1/messages/count_tokens', { body: { ...chat, model: 'no/such' } }),
        ],
      }),
    ],
    [
      'POST /v1/tokens',
      () => {
        const body = { name: `openapi-${suffix}-that-is-longer-than-forty-bytes` }
        const common = ofBody('/v1/tokens', body)
        return {
          ...common,
          201: [() => ask('POST', '/v1/tokens', { body })],
          400: [
            ...(common[400] ?? []),
            () => ask('POST', '/v1/tokens', { body: { ...body, tenant: 'b' } }),
          ],
          403: [
            ...(common[403] ?? []),
            () => ask('POST', '/v1/tokens', { key: user, body: { ...body, role: 'owner' } }),
          ],
          404: [() => ask('POST', '/v1/tokens', { body: { ...body, project: 'no-such' } })],
        }
      },
    ],
    [
      'DELETE /v1/tokens/{id}',
      () => ({
        200: [
          async () => {
            const { id } = await makeKey({})
            await ask('DELETE', `/v1/tokens/${id}`)
            return ask('DELETE', `/v1/tokens/${id}?with_made=true`)
          },
        ],
        400: [() => ask('DELETE', '/v1/tokens/x?with_made=perhaps')],
        401: [() => ask('DELETE', '/v1/tokens/x', { key: null })],
        403: [() => ask('DELETE', '/v1/tokens/x', { key: narrow })],
        404: [() => ask('DELETE', '/v1/tokens/no-such')],
        409: [
          async () => {
            const tokens = await made<{ data: { id: string; origin: string }[] }>(
              ask('GET', '/v1/tokens?limit=100'),
            )
            const { id = '' } = tokens.data.find(({ origin }) => origin === 'bootstrap') ?? {}
            return ask('DELETE', `/v1/tokens/${id}`)
          },
        ],
      }),
    ],
    [
      'GET /v1/generations/{id}',
      () => ({
        200: [() => ask('GET', `/v1/generations/${generation}`)],
        400: [() => ask('GET', '/v1/generations/%E0%A4')],
        401: [() => ask('GET', `/v1/generations/${generation}`, { key: null })],
        403: [() => ask('GET', `/v1/generations/${generation}`, { key: narrow })],
        404: [
          () => ask('GET', '/v1/generations/no-such'),
          () => ask('GET', `/v1/generations/${generation}`, { key: user }),
        ],
      }),
    ],
    [
      'GET /v1/models/{id}',
      () => ({
        200: [() => ask('GET', '/v1/models/demo/chat')],
        400: [() => ask('GET', '/v1/models/%E0%A4')],
        401: [() => ask('GET', '/v1/models/demo/chat', { key: null })],
        403: [() => ask('GET', '/v1/models/demo/chat', { key: narrow })],
        404: [() => ask('GET', '/v1/models/no/such')],
      }),
    ],
    ['GET /readyz', () => ({ 200: [() => ask('GET', '/readyz', { key: null })] })],
  ]

  /** Seen of each operation; what the gateway as a whole refuses is added below. */
  const seen = new Map<string, Set<string>>()
  const note = (operation: string, status: number) => {
    seen.set(operation, (seen.get(operation) ?? new Set()).add(String(status)))
  }

  test.each(operations)(
    '%s',
    async (operation, ways) => {
      const problems = await Promise.all(
        Object.entries(ways()).flatMap(([status, calls]) =>
          calls.map(async (call) => {
            const response = await call()
            note(operation, response.status)
            const wrong = await contract.check(operation, response)
            if (wrong !== null) return `${status}: ${wrong}`
            return String(response.status) === status
              ? null
              : `${status}: answered ${String(response.status)}`
          }),
        ),
      )
      expect(problems.filter((problem) => problem !== null)).toEqual([])
    },
    30_000,
  )

  test('while the gateway cannot serve, and for whoever tries too many credentials', async () => {
    await using folder = await ownFolder('openapi')
    const env = { RATE_LIMIT_IP_MAX: '1' }
    const problems: string[] = []
    const checkAll = async (
      at: string,
      credential: string | null,
      until: (response: Response) => boolean,
    ) => {
      for (const [operation] of operations) {
        const [method = '', path = ''] = operation.split(' ')
        const body = method === 'POST' ? chat : undefined
        for (let tries = 0; tries < 4; tries += 1) {
          const response = await ask(method, path.replace('{id}', 'x'), {
            api: at,
            key: credential,
            ...(body && { body }),
          })
          note(operation, response.status)
          const wrong = await contract.check(operation, response)
          if (wrong !== null) problems.push(`${operation}: ${wrong}`)
          if (until(response)) break
        }
      }
    }
    const cannotServe = ({ status }: Response) => status === 503 || status === 529
    const tooMany = ({ status }: Response) => status === 429
    if (mode === 'embedded') {
      await using gateway = await spawnGateway({ dir: folder.path, env })
      await eventually('the port to be open', async () => {
        return (await fetch(gateway.api).catch(() => null)) === null ? undefined : true
      })
      await checkAll(gateway.api, key, cannotServe)
      await gateway.ready()
      await checkAll(gateway.api, 'wrong', tooMany)
    } else {
      const ingress = async (redis: string) => {
        const [port, observability] = [await freePort(), await freePort()]
        const own = startOwnProcess('services/ingress/src/main.ts', {
          cwd: folder.path,
          env: {
            ...env,
            REDIS_URL: redis,
            AUTH_TOKEN: key,
            PORT: String(port),
            OBSERVABILITY_PORT: String(observability),
          },
        })
        const at = `http://127.0.0.1:${String(port)}`
        await eventually(`an ingress: ${own.stderr}`, async () => {
          return (await fetch(`${at}/health`).catch(() => null)) === null ? undefined : true
        })
        return { at, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() }
      }
      // Nobody listens there.
      await using without = await ingress('redis://127.0.0.1:1')
      await checkAll(without.at, key, cannotServe)
      await using alone = await ingress(readCluster().stores.redis)
      await eventually('the ingress to be ready', async () => {
        return (await fetch(`${alone.at}/readyz`)).status === 200 || undefined
      })
      await checkAll(alone.at, 'wrong', tooMany)
    }
    expect(problems).toEqual([])
  }, 120_000)

  test('none is left that nobody has seen', () => {
    const unseen = operations.map(([operation]) => [
      operation,
      contract.statuses(operation).filter((status) => seen.get(operation)?.has(status) !== true),
    ])
    expect(unseen).toEqual(operations.map(([operation]) => [operation, []]))
  })

  afterAll(async () => {
    for (const [status, wire] of failures)
      await ask('DELETE', `/v1/providers/${providerOf(status, wire)}`)
  })
})
