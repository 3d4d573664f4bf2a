// By the provider's own log: tenants that share its account are nobody's namesakes there.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { eventually, gatewayUnderTest } from './support/gateway.ts'

const { apis, key: platformKey, demoLog } = gatewayUnderTest()
const [api = ''] = apis
const suffix = randomBytes(4).toString('hex')

interface Call {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

const name = `ann-${suffix}@example.com`
const openAi = { user: name, safety_identifier: name, prompt_cache_key: name }
const messages = [{ role: 'user', content: 'Hi' }]
const calls: readonly Call[] = [
  { path: '/v1/chat/completions', body: { model: 'demo/chat', messages, ...openAi } },
  { path: '/v1/responses', body: { model: 'demo/chat', input: 'Hi', ...openAi } },
  {
    path: '/v1/messages',
    body: { model: 'demo/chat', max_tokens: 9, messages, metadata: { user_id: name } },
  },
  { path: '/v1/completions', body: { model: 'demo/chat', prompt: 'Hi', user: name } },
]

async function ask(key: string, path: string, body: unknown) {
  return eventually(`an answer to ${path}`, async () => {
    const response = await fetch(`${api}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    // A Redis that has just begun is not believed for a lease.
    if (response.status === 503) return undefined
    if (response.status >= 300) throw new Error(`${path}: ${String(response.status)} ${text}`)
    return { id: response.headers.get('x-request-id') ?? '', text }
  })
}

async function namesSeen(requestId: string): Promise<Record<string, string>> {
  return eventually(`the provider's line of ${requestId}`, async () => {
    const lines = (await readFile(demoLog ?? '', 'utf8').catch(() => '')).split('\n')
    const line = lines.find((text) => text.includes(requestId))
    if (line === undefined) return undefined
    return (JSON.parse(line) as { names: Record<string, string> }).names
  })
}

async function newTenant(id: string): Promise<string> {
  const { text } = await ask(platformKey, '/v1/tenants', { id: `${id}-${suffix}` })
  return (JSON.parse(text) as { key: string }).key
}

describe('S-41: the names that callers give reach a provider', () => {
  test('as another one for each tenant, the same one each time', async () => {
    const [a, b] = [await newTenant('names-a'), await newTenant('names-b')]
    for (const { path, body } of calls) {
      const first = await namesSeen((await ask(a, path, body)).id)
      const again = await namesSeen((await ask(a, path, body)).id)
      const other = await namesSeen((await ask(b, path, body)).id)
      expect(Object.keys(first)).not.toEqual([])
      expect(again).toEqual(first)
      expect(Object.keys(other)).toEqual(Object.keys(first))
      const seen = [...Object.values(first), ...Object.values(other)]
      expect(seen).not.toContain(name)
      expect(Object.values(first)).not.toEqual(expect.arrayContaining(Object.values(other)))
    }
  })

  test('as they are where the operator calls; and a response repeats them as they were said', async () => {
    const operator = await ask(platformKey, '/v1/chat/completions', calls[0]?.body)
    expect(await namesSeen(operator.id)).toMatchObject({ user: name, prompt_cache_key: name })

    const tenant = await newTenant('names-c')
    const { text } = await ask(tenant, '/v1/responses', calls[1]?.body)
    expect(JSON.parse(text)).toMatchObject(openAi)
  })
})
