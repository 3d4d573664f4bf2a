import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Provider } from '@sluice/catalogue/catalogue'
import { traitsOf } from '@sluice/catalogue/model-traits'
import { serve } from '@sluice/kernel/http-server'
import { systemClock } from '@sluice/kernel/clock'
import { startAdapter } from '../test/support/start-adapter.ts'

const cleanup: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

interface Seen {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Keeps what it is asked, and answers as it is told. */
function recorder(answer: (seen: Seen, response: ServerResponse) => void) {
  const seen: Seen[] = []
  const handler: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const call = {
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      }
      seen.push(call)
      answer(call, response)
    })
  }
  return { seen, handler }
}

const json = (response: ServerResponse, body: unknown, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

async function accountFile(tokenUri: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
  cleanup.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) })
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const file = join(folder, 'account.json')
  await writeFile(
    file,
    JSON.stringify({
      type: 'service_account',
      client_email: 'a@p.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: tokenUri,
    }),
  )
  return file
}

describe('Vertex AI', () => {
  async function start(row: Partial<Provider>, answer: Parameters<typeof recorder>[0]) {
    let tokens = 0
    const endpoint = await serve(
      (_, response) => {
        tokens += 1
        json(response, { access_token: `token-${String(tokens)}`, expires_in: 3_600 })
      },
      { host: '127.0.0.1', port: 0, clock: systemClock },
    )
    cleanup.push(endpoint)
    const credentialsFile = await accountFile(`${endpoint.url}/token`)
    const provider = recorder(answer)
    const options = { project: 'p', location: 'us-east5' }
    const auth = { type: 'google-oauth', credentialsFile } as const
    const adapter = await startAdapter(
      cleanup,
      { vertex: provider.handler },
      { row: { auth, options, ...row } },
    )
    const end = async (ask: Parameters<typeof adapter.ask>[0]) =>
      (await adapter.entriesOf(await adapter.ask(ask))).at(-1)
    return { end, seen: provider.seen, tokens: () => tokens }
  }
  const parent = '/v1/v1/projects/p/locations/us-east5/publishers'

  test('M-114: Gemini by its publisher, with one token for all calls', async () => {
    const { end, seen, tokens } = await start({ wire: 'gemini' }, (_, response) => {
      const content = { role: 'model', parts: [{ text: 'Yes.' }] }
      json(response, {
        candidates: [{ content, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
      })
    })
    const ask = { model: 'gemini-2.5-pro', wire: 'gemini', stream: false } as const
    const ended = await Promise.all(Array.from({ length: 10 }, () => end(ask)))
    expect(ended.map((entry) => entry?.end?.state)).toEqual(Array(10).fill('completed'))
    expect(seen[0]).toMatchObject({
      url: `${parent}/google/models/gemini-2.5-pro:generateContent`,
      headers: { authorization: 'Bearer token-1' },
    })
    expect(tokens()).toBe(1)
  })

  test('T57 embeddings are predictions there; their tokens are counted together', async () => {
    const prediction = (values: number[], token_count: number) => ({
      embeddings: { values, statistics: { token_count, truncated: false } },
    })
    const { end, seen } = await start({ wire: 'gemini' }, (_, response) => {
      json(response, { predictions: [prediction([0.5, 0.25], 3), prediction([1, 0], 4)] })
    })
    const entry = await end({
      model: 'text-embedding-005',
      wire: 'gemini',
      operation: 'embeddings',
      stream: false,
      body: { input: ['one', 'two'], dimensions: 2 },
    })
    expect(seen[0]?.url).toBe(`${parent}/google/models/text-embedding-005:predict`)
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      instances: [{ content: 'one' }, { content: 'two' }],
      parameters: { outputDimensionality: 2 },
    })
    expect(entry?.end).toMatchObject({ state: 'completed', usage: { input_tokens: 7 } })
    expect(JSON.parse(entry?.data.toString() ?? '')).toMatchObject({
      data: [
        { index: 0, embedding: [0.5, 0.25] },
        { index: 1, embedding: [1, 0] },
      ],
      usage: { prompt_tokens: 7 },
    })
  })

  test('M-115: Anthropic by its publisher: the model in the address, the version in the body, max_tokens where the caller gave none', async () => {
    const { end, seen } = await start({ wire: 'anthropic-messages' }, (_, response) => {
      json(response, {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [{ type: 'text', text: 'Yes.' }],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: { input_tokens: 3, output_tokens: 2 },
      })
    })
    const model = 'claude-sonnet-4-5@20250929'
    const traits = traitsOf('vertex', model)
    const entry = await end({ model, wire: 'anthropic-messages', stream: false, traits })
    expect(entry?.end?.state).toBe('completed')
    expect(seen[0]?.url).toBe(`${parent}/anthropic/models/${model}:rawPredict`)
    expect(seen[0]?.headers['anthropic-version']).toBeUndefined()
    const body = JSON.parse(seen[0]?.body ?? '') as Record<string, unknown>
    expect(body['anthropic_version']).toBe('vertex-2023-10-16')
    expect(body['max_tokens']).toBeGreaterThanOrEqual(1_024)
    expect(body).not.toHaveProperty('model')
  })

  test('T61: a token that is refused is fetched once more, and the call repeated once', async () => {
    const { end, seen, tokens } = await start({ wire: 'gemini' }, (call, response) => {
      const error = { code: 401, message: 'no', status: 'UNAUTHENTICATED' }
      if (call.headers.authorization === 'Bearer token-1') json(response, { error }, 401)
      else json(response, { candidates: [{ content: { parts: [] }, finishReason: 'STOP' }] })
    })
    const ask = { model: 'gemini-2.5-pro', wire: 'gemini', stream: false } as const
    await end(ask)
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ])
    expect(tokens()).toBe(2)
  })

  test('and not again and again', async () => {
    const { end, seen } = await start({ wire: 'gemini' }, (_, response) => {
      json(response, { error: { code: 401, message: 'no', status: 'UNAUTHENTICATED' } }, 401)
    })
    const entry = await end({ model: 'gemini-2.5-pro', wire: 'gemini', stream: false })
    expect(entry?.end?.error).toMatchObject({ code: 'upstream_auth', status: 502 })
    expect(seen).toHaveLength(2)
  })
})

test('M-118: Bedrock is called with a signature over what is sent', async () => {
  const provider = recorder((_, response) => {
    json(response, {
      output: { message: { role: 'assistant', content: [{ text: 'Yes.' }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
    })
  })
  const auth = {
    type: 'aws-sigv4',
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'a-secret-of-aws',
    sessionToken: 'session',
  } as const
  const adapter = await startAdapter(
    cleanup,
    { bedrock: provider.handler },
    { row: { auth, options: { region: 'eu-west-1' }, wire: 'bedrock-converse' } },
  )
  const model = 'anthropic.claude-sonnet-4-5-20250929-v1:0'
  const id = await adapter.ask({ model, wire: 'bedrock-converse', stream: false })
  expect((await adapter.entriesOf(id)).at(-1)?.end?.state).toBe('completed')
  const [call] = provider.seen
  expect(call?.url).toMatch(/\/model\/anthropic\.claude-sonnet-4-5-20250929-v1(:|%3A)0\/converse$/)
  expect(call?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-request-id, Signature=[0-9a-f]{64}$/,
  )
  expect(call?.headers['x-amz-security-token']).toBe('session')
})

test('M-118: Azure is called at its deployment and version', async () => {
  const provider = recorder((_, response) => {
    json(response, {
      id: 'x',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' },
      ],
    })
  })
  const auth = { type: 'header', header: 'api-key', keys: ['key-of-azure'] } as const
  const adapter = await startAdapter(
    cleanup,
    { azure: provider.handler },
    { row: { auth, options: { apiVersion: '2024-10-21' } } },
  )
  const id = await adapter.ask({ model: 'my-deployment', stream: false })
  expect((await adapter.entriesOf(id)).at(-1)?.end?.state).toBe('completed')
  expect(provider.seen[0]).toMatchObject({
    url: '/v1/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21',
    headers: { 'api-key': 'key-of-azure' },
  })
})
