import { describe, expect, test } from '@jest/globals'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import { openAiChat } from '@sluice/wire-openai-chat'
import { chat, errorOf, get, post } from '../../test/support/client.ts'
import type { Script } from '../../test/support/scripted-worker.ts'
import { keys, startTestIngress } from '../../test/support/test-ingress.ts'

const messages = { model: 'acme/fast', max_tokens: 10, messages: chat.messages }
const responses = { model: 'acme/fast', input: 'Hello' }
const toMessages = { path: '/v1/messages?beta=true' }

/** Keeps what reached the back end, and answers with it. */
function keeping() {
  const seen: { request: GenerationRequest; body: string }[] = []
  const script: Script = async (work) => {
    const { request, body } = work.claim
    seen.push({ request, body: body.toString() })
    await work.complete(body.toString())
  }
  return { seen, script }
}

const failing =
  (error: Partial<GenerationError>): Script =>
  (work) =>
    work.fail({ code: 'upstream_error', status: 502, message: 'No', retryable: true, ...error })

const routes = [
  ['/v1/chat/completions', chat],
  ['/v1/messages', messages],
  ['/v1/responses', responses],
] as const

describe('ingress rule 1: every credential, on every route', () => {
  const headersOf = (name: string, key: string): Record<string, string> =>
    name === 'authorization' ? { authorization: `Bearer ${key}` } : { [name]: key }

  test.each(
    routes.flatMap(([path, body]) => [
      [path, 'authorization', body] as const,
      [path, 'x-api-key', body] as const,
      [path, 'api-key', body] as const,
    ]),
  )('%s with %s', async (path, name, body) => {
    await using ingress = await startTestIngress()
    const headers = headersOf(name, keys.all)
    expect((await post(ingress, body, { path, headers, key: null })).status).toBe(200)
  })

  test('the first valid one wins', async () => {
    const { seen, script } = keeping()
    await using ingress = await startTestIngress({ script })
    const headers = { 'x-api-key': 'nobody knows it', 'api-key': keys.all }
    await post(ingress, messages, { ...toMessages, headers, key: 'nor-this' })
    expect(seen[0]?.request.caller.keyId).toBe('k_all')
  })
})

describe('ingress rule 2: what is not known travels on', () => {
  test.each(routes)('%s', async (path, body) => {
    const { seen, script } = keeping()
    await using ingress = await startTestIngress({ script })
    const headers = { 'anthropic-future': 'yes', 'openai-future': 'too' }
    const asked = { ...body, of_tomorrow: { a: [1.0, { b: null }] } }
    await post(ingress, asked, { path, headers })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(asked)
    expect(seen[0]?.request.headers).toMatchObject(headers)
  })
})

describe('ingress rule 3: the same dialect is passed through', () => {
  test.each(routes)('%s: request and reply byte for byte', async (path, body) => {
    const { seen, script } = keeping()
    await using ingress = await startTestIngress({ script })
    const text = JSON.stringify(body, null, 3)
    const response = await post(ingress, text, { path })
    expect(seen[0]?.body).toBe(text)
    expect(await response.text()).toBe(text)
  })

  test('an error of the provider keeps its wording and its status', async () => {
    const body =
      '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long"}}'
    const verbatim = { wire: 'anthropic-messages' as const, status: 400, body }
    const script = failing({ status: 400, message: 'ours', retryable: false, verbatim })
    await using ingress = await startTestIngress({ script })
    const same = await post(ingress, messages, toMessages)
    expect([same.status, await same.text()]).toEqual([400, body])
    const other = await post(ingress, chat)
    expect(await errorOf(other)).toMatchObject({ message: 'ours' })
  })
})

test('ingress rule 4: a beta header and its body field travel together', async () => {
  const { seen, script } = keeping()
  await using ingress = await startTestIngress({ script })
  const headers = {
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'context-management-2025-06-27,oauth-2025-04-20',
  }
  const asked = { ...messages, context_management: { edits: [] } }
  await post(ingress, asked, { ...toMessages, headers })
  expect(seen[0]?.request.headers).toMatchObject(headers)
  expect(JSON.parse(seen[0]?.body ?? '')).toHaveProperty('context_management')
})

describe('ingress rule 5: errors in the dialect of the route', () => {
  const anthropic = (type: string) => ({
    type: 'error',
    error: { type, message: expect.any(String) as unknown },
    request_id: expect.stringMatching(/^[\da-f-]{36}$/) as unknown,
  })
  const openAi = (code: string | null) => ({
    error: { type: expect.any(String) as unknown, param: expect.anything() as unknown, code },
  })

  test('M-025: before the body is read: 401, 415, 413, 405, 503', async () => {
    await using ingress = await startTestIngress({ env: { MAX_INFERENCE_BYTES: '2000' } })
    const path = '/v1/messages'
    const unknown = await post(ingress, messages, { path, key: 'nobody' })
    expect(unknown.status).toBe(401)
    expect(await unknown.json()).toEqual(anthropic('authentication_error'))
    const form = await post(ingress, 'a=1', { path, headers: { 'content-type': 'text/plain' } })
    expect(form.status).toBe(415)
    expect(await form.json()).toEqual(anthropic('invalid_request_error'))
    const large = await post(ingress, `"${'x'.repeat(3000)}"`, { path })
    expect(large.status).toBe(413)
    expect(await large.json()).toEqual(anthropic('request_too_large'))
    const got = await get(ingress, path)
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
    expect(await got.json()).toEqual(anthropic('invalid_request_error'))
    ingress.authAway = true
    const away = await post(ingress, messages, { path, key: 'not-seen-before' })
    expect(away.status).toBe(529)
    expect(await away.json()).toEqual(anthropic('overloaded_error'))
  })

  test('M-016: an unknown model', async () => {
    const script = failing({ code: 'model_not_found', status: 404, retryable: false })
    await using ingress = await startTestIngress({ script })
    const response = await post(ingress, messages, toMessages)
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual(anthropic('not_found_error'))
    expect(await errorOf(await post(ingress, responses, { path: '/v1/responses' }))).toMatchObject({
      code: 'model_not_found',
    })
  })

  test('M-025: what is not served', async () => {
    await using ingress = await startTestIngress()
    const batches = await get(ingress, '/v1/messages/batches')
    expect(batches.status).toBe(404)
    expect(await batches.json()).toEqual(anthropic('not_found_error'))
    const files = await get(ingress, '/v1/files', {
      headers: { 'anthropic-version': '2023-06-01' },
    })
    expect(await files.json()).toEqual(anthropic('not_found_error'))
    const other = await get(ingress, '/v1/files')
    expect(await other.json()).toMatchObject({
      error: { code: 'resource_not_found', param: null, type: 'invalid_request_error' },
    })
  })

  test('a body that is wrong names the field', async () => {
    await using ingress = await startTestIngress()
    const wrong = { ...messages, max_tokens: 'many' }
    const response = await post(ingress, wrong, toMessages)
    expect(response.status).toBe(400)
    const body = (await response.json()) as { error: { message: string } }
    expect(body).toEqual(anthropic('invalid_request_error'))
    expect(body.error.message).toContain('max_tokens')
    const input = await post(ingress, { ...responses, input: 3 }, { path: '/v1/responses' })
    expect(await input.json()).toMatchObject(openAi(null))
  })

  test('M-004: inside a stream: the event of the dialect, then the close', async () => {
    const event = (type: string) => JSON.stringify({ type, sequence_number: 4 })
    const script: Script = async (work) => {
      await work.publish(event('ping'))
      await work.fail({ code: 'upstream_error', status: 502, message: 'No', retryable: true })
    }
    await using ingress = await startTestIngress({ script })
    const anthropicStream = await post(ingress, { ...messages, stream: true }, toMessages)
    const text = await anthropicStream.text()
    expect(text).toMatch(/^id: [\d-]+\nevent: ping\ndata: /)
    expect(text).toMatch(/\nid: [\d-]+\nevent: error\ndata: \{"type":"error",.*\}\n\n$/)
    const path = '/v1/responses'
    const responsesStream = await post(ingress, { ...responses, stream: true }, { path })
    const failed = await responsesStream.text()
    expect(failed).toMatch(/event: response\.failed\ndata: \{.*"sequence_number":5\b.*\}\n\n$/)
    expect(failed).not.toContain('[DONE]')
  })
})

test.each([true, false])('ingress rule 6: the wish for a usage chunk travels: %s', async (wish) => {
  const { seen, script } = keeping()
  await using ingress = await startTestIngress({ script })
  await post(ingress, { ...chat, stream: true, stream_options: { include_usage: wish } })
  expect(seen[0]?.request.includeUsage).toBe(wish)
})

describe('ingress rule 8: the model list', () => {
  interface Listed {
    readonly object: string
    readonly data: Record<string, unknown>[]
    readonly has_more: boolean
    readonly first_id: string
    readonly last_id: string
    readonly models?: Record<string, unknown>[]
  }
  const listOf = async (response: Response) => (await response.json()) as Listed

  test('is read by clients of OpenAI and of Anthropic', async () => {
    await using ingress = await startTestIngress()
    const list = await listOf(await get(ingress, '/v1/models?limit=1000'))
    expect(list).toMatchObject({
      object: 'list',
      has_more: false,
      first_id: 'acme/fast',
      last_id: 'other/slow',
    })
    expect(list.data[0]).toMatchObject({
      id: 'acme/fast',
      object: 'model',
      type: 'model',
      created: 1_700_000_000,
      created_at: '2023-11-14T22:13:20.000Z',
      owned_by: 'acme',
      name: 'acme/fast',
      display_name: 'acme/fast',
    })
    expect(list).not.toHaveProperty('models')
  })

  test('has the models of Codex when that asks', async () => {
    await using ingress = await startTestIngress()
    const { models } = await listOf(await get(ingress, '/models?client_version=0.169.0'))
    expect(models?.map(({ slug }) => slug)).toEqual(['acme/fast', 'other/slow'])
    expect(models?.[0]).toMatchObject({
      display_name: 'acme/fast',
      visibility: 'list',
      supported_in_api: true,
      shell_type: 'shell_command',
      truncation_policy: { mode: 'bytes', limit: expect.any(Number) as unknown },
      experimental_supported_tools: [],
    })
  })

  test('is not sent again while it is the same, and never redirects', async () => {
    await using ingress = await startTestIngress()
    const first = await get(ingress, '/v1/models/')
    expect([first.status, first.redirected]).toEqual([200, false])
    await first.text()
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' }
    const second = await get(ingress, '/v1/models/', { headers })
    expect([second.status, await second.text()]).toEqual([304, ''])
    const other = await get(ingress, '/v1/models', { headers, key: keys.acme })
    expect(other.status).toBe(200)
  })

  test('M-011: what is not there is a 404 that names the nearest, among those the key may use', async () => {
    await using ingress = await startTestIngress()
    const response = await get(ingress, '/v1/models/nope')
    expect(response.status).toBe(404)
    const error = await errorOf(response)
    expect(error).toMatchObject({ code: 'model_not_found', param: 'model' })
    expect(error.message).toMatch(/Nearest: .*acme\/fast/)
    const narrow = await errorOf(await get(ingress, '/v1/models/nope', { key: keys.acme }))
    expect(narrow.message).not.toContain('other/slow')
  })

  test('a 401 of Anthropic’s clients is in their form', async () => {
    await using ingress = await startTestIngress()
    const headers = { 'anthropic-version': '2023-06-01' }
    const response = await get(ingress, '/v1/models', { headers, key: 'nobody' })
    expect(await response.json()).toMatchObject({ error: { type: 'authentication_error' } })
  })
})

describe('ingress rule 9: what clients probe', () => {
  test('T63: count_tokens is an estimate of what was sent, and is no generation', async () => {
    await using ingress = await startTestIngress()
    const { max_tokens: _, ...rest } = messages
    const asked = {
      ...rest,
      system: 'You are terse. '.repeat(20),
      tools: [{ name: 't', input_schema: { type: 'object', required: [] }, defer_loading: true }],
      context_management: { edits: [] },
    }
    const path = '/v1/messages/count_tokens?beta=true'
    const headers = { 'anthropic-beta': 'whatever-2027-01-01' }
    const response = await post(ingress, asked, { path, headers })
    expect(response.status).toBe(200)
    expect(response.headers.get('x-gateway-estimated')).toBe('true')
    const { input_tokens: tokens } = (await response.json()) as { input_tokens: number }
    expect(tokens).toBeGreaterThan(60)
    expect(tokens).toBeLessThan(200)
    const id = response.headers.get('request-id') ?? ''
    expect((await get(ingress, `/v1/generations/${id}`)).status).toBe(404)
  })

  test('T63: a provider that counts is asked; while it does not answer, or the router is away, it is an estimate', async () => {
    await using ingress = await startTestIngress()
    const ask = async (model: string): Promise<unknown> => {
      const body = { ...messages, model }
      const response = await post(ingress, body, { path: '/v1/messages/count_tokens' })
      const { input_tokens: tokens } = (await response.json()) as { input_tokens: number }
      return [tokens, response.headers.get('x-gateway-estimated')]
    }
    expect(await ask('acme/claude')).toEqual([42, null])
    const estimate: unknown = [expect.any(Number), 'true']
    expect(await ask('acme/fast')).toEqual(estimate)
    ingress.counted = null
    expect(await ask('acme/claude')).toEqual(estimate)
    ingress.routerAway = true
    expect(await ask('acme/claude')).toEqual(estimate)
  })

  test.each([
    ['404', { ...messages, model: 'acme/none' }, {}, 'not_found_error'],
    ['401', {}, { key: 'nobody' }, 'authentication_error'],
    ['400', { model: 3 }, {}, 'invalid_request_error'],
    ['403', { ...messages, model: 'other/slow' }, { key: keys.acme }, 'permission_error'],
    ['415', 'a=b', { headers: { 'content-type': 'text/plain' } }, 'invalid_request_error'],
  ])('count_tokens refuses with %s in its own dialect', async (status, body, options, type) => {
    await using ingress = await startTestIngress()
    const path = '/v1/messages/count_tokens'
    const response = await post(ingress, body, { path, ...options })
    expect(String(response.status)).toBe(status)
    expect(await response.json()).toMatchObject({ type: 'error', error: { type } })
  })

  test('HEAD / needs no key', async () => {
    await using ingress = await startTestIngress()
    expect((await get(ingress, '/', { method: 'HEAD', key: null })).status).toBe(200)
  })

  test('M-029: a preflight is allowed the headers it asks for', async () => {
    const env = { CORS_ENABLED: 'true', CORS_ALLOWED_ORIGINS: 'https://app.example.com' }
    await using ingress = await startTestIngress({ env })
    const asked = 'authorization,x-stainless-lang,x-stainless-retry-count,anthropic-beta'
    const response = await fetch(`${ingress.url}/v1/messages`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': asked,
      },
    })
    expect(response.headers.get('access-control-allow-headers')).toBe(asked)
    expect(response.headers.get('access-control-expose-headers')).toContain('x-gateway-estimated')
  })
})

describe('ingress rule 10: parameters in the form of the model', () => {
  test.each(routes)('%s: the answer says which ones were changed', async (path, body) => {
    await using ingress = await startTestIngress()
    const response = await post(
      ingress,
      { ...body, model: 'acme/adapted', temperature: 0.1 },
      { path },
    )
    expect(response.status).toBe(200)
    expect(response.headers.get('x-gateway-adapted')).toBe('temperature')
  })

  test('what the model refuses is left out, and its name for the limit is used', () => {
    const body = JSON.stringify({ ...chat, temperature: 0.1, top_p: 1, max_tokens: 5 })
    const traits = {
      refuses: ['temperature', 'top_p'],
      maxTokensName: 'max_completion_tokens' as const,
    }
    const target = { upstreamModel: 'o', stream: false, maxTokens: null, traits }
    const passed = openAiChat.passRequest(Buffer.from(body), target)
    expect(JSON.parse(passed.body.toString())).toEqual({
      ...chat,
      model: 'o',
      max_completion_tokens: 5,
    })
    expect(passed.adapted).toEqual(['temperature', 'top_p', 'max_tokens'])
  })
})

describe('ingress rule 12: a Responses body on the chat route', () => {
  const cursor = {
    model: 'acme/fast',
    stream: true,
    stream_options: { include_usage: true },
    input: [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
    ],
    tools: [
      { type: 'function', name: 'flat', parameters: { type: 'object' } },
      { type: 'function', function: { name: 'nested', parameters: { type: 'object' } } },
      { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark' } },
    ],
  }

  test('travels as a chat call and is answered as one', async () => {
    const { seen, script } = keeping()
    await using ingress = await startTestIngress({ script })
    const response = await post(ingress, cursor)
    await response.text()
    const [call] = seen
    expect(call?.request).toMatchObject({ wire: 'openai-chat', stream: true, includeUsage: true })
    const body = JSON.parse(call?.body ?? '') as { messages: unknown; tools: unknown[] }
    expect(body).not.toHaveProperty('input')
    expect(body.messages).toEqual([
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'Hello' },
    ])
    expect(body.tools).toMatchObject([
      { type: 'function', function: { name: 'flat' } },
      { type: 'function', function: { name: 'nested' } },
    ])
    expect(response.headers.get('x-gateway-adapted')).toBe('tools')
  })

  test('wants its usage chunk only when it says so', async () => {
    const { seen, script } = keeping()
    await using ingress = await startTestIngress({ script })
    const { stream_options: _, ...silent } = cursor
    await (await post(ingress, silent)).text()
    expect(seen[0]?.request.includeUsage).toBe(false)
  })

  test('what is wrong with it is told in its own words', async () => {
    await using ingress = await startTestIngress()
    const wrong = await post(ingress, { ...cursor, input: [{ role: 'nobody', content: '' }] })
    expect(wrong.status).toBe(400)
    expect((await errorOf(wrong)).param).toMatch(/^input/)
    const neither = await post(ingress, { model: 'acme/fast' })
    expect((await errorOf(neither)).param).toBe('messages')
  })

  test('a chat call may mix nested and flat tools; the rest of it stays byte for byte', async () => {
    const { seen, script } = keeping()
    await using ingress = await startTestIngress({ script })
    const { tools } = cursor
    const text = `{"messages":[{"role":"user","content":"Hi"}],"seed":1.0,"tools":${JSON.stringify(tools.slice(0, 2))},"model":"acme/fast"}`
    await post(ingress, text)
    expect(seen[0]?.body).toContain(
      '"seed":1.0,"tools":[{"type":"function","function":{"name":"flat"',
    )
    expect(seen[0]?.body).toContain('{"type":"function","function":{"name":"nested"')
  })
})

describe('ingress rule 13: the group, from the first of', () => {
  const inBody = { metadata: { user_id: 'meta' }, user: 'user', prompt_cache_key: 'cache' }
  const named = {
    'x-claude-code-session-id': 'claude',
    'session-id': 'codex',
    'thread-id': 'thread',
    'x-session-id': 'opencode',
    'x-openwebui-chat-id': 'webui',
  }
  const all = Object.entries(named)
  const cases: [string, Record<string, string>, object][] = [
    ...all.map(([, value], i): [string, Record<string, string>, object] => [
      value,
      Object.fromEntries(all.slice(i)),
      inBody,
    ]),
    ['meta', {}, inBody],
    ['user', {}, { user: 'user', prompt_cache_key: 'cache' }],
    ['cache', {}, { prompt_cache_key: 'cache' }],
  ]
  test.each(cases)('%s', async (group, headers, body) => {
    const { seen, script } = keeping()
    await using ingress = await startTestIngress({ script })
    await post(ingress, { ...chat, ...body }, { headers })
    expect(seen[0]?.request.group).toBe(group)
  })

  test('nothing: none', async () => {
    const { seen, script } = keeping()
    await using ingress = await startTestIngress({ script })
    await post(ingress, chat)
    expect(seen[0]?.request.group).toBeNull()
  })
})

describe('ingress rule 14: when to come back', () => {
  test.each([
    [{ status: 429, code: 'rate_limit_exceeded', retryAfterMs: 1_500 }, ['2', '1500', null]],
    [{ status: 503, code: 'server_is_overloaded' }, ['1', '1000', null]],
    [{ status: 429, code: 'rate_limit_exceeded', retryAfterMs: 61_000 }, ['61', '61000', 'false']],
    [{ status: 429, code: 'insufficient_quota', retryable: false }, [null, null, 'false']],
  ])('%j', async (error, expected) => {
    await using ingress = await startTestIngress({ script: failing(error) })
    for (const [path, body] of routes) {
      const { headers } = await post(ingress, body, { path })
      const names = ['retry-after', 'retry-after-ms', 'x-should-retry']
      expect(names.map((name) => headers.get(name))).toEqual(expected)
    }
  })

  test('an overload has a status of its own in Anthropic’s dialect', async () => {
    const script = failing({ status: 503, code: 'server_is_overloaded' })
    await using ingress = await startTestIngress({ script })
    expect((await post(ingress, messages, toMessages)).status).toBe(529)
    expect((await post(ingress, chat)).status).toBe(503)
  })
})

describe('ingress rule 15: limits', () => {
  test('a header of 30 KB is read', async () => {
    await using ingress = await startTestIngress()
    const headers = { 'x-codex-turn-metadata': 'x'.repeat(30_000) }
    expect((await post(ingress, chat, { headers })).status).toBe(200)
  })

  test.each(routes)('%s: a stream is neither buffered nor compressed', async (path, body) => {
    await using ingress = await startTestIngress({
      script: (work) => work.complete('{"type":"x"}'),
    })
    const headers = { 'accept-encoding': 'gzip, br' }
    const response = await post(ingress, { ...body, stream: true }, { path, headers })
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    expect(response.headers.get('content-encoding')).toBeNull()
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  })
})
