import { expect, test } from '@jest/globals'
import { eventually, gatewayUnderTest } from './support/gateway.ts'

const { apis, key } = gatewayUnderTest()
const [api = ''] = apis

const post = (path: string, credential: string, body: unknown) =>
  fetch(`${api}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('M-245, M-246: a key’s budget stops what it cannot pay, and tells half and most of it once; its status is the sum of its bills', async () => {
  const made = await post('/v1/tokens', key, {
    name: 'budget-thresholds',
    project: 'default',
    budget: { usd: 0.000_05, window: 'day' },
  })
  const { key: own } = (await made.json()) as { key: string }
  const call = {
    model: 'demo/chat',
    max_tokens: 24,
    messages: [{ role: 'user', content: 'hi' }],
  }
  // 24 tokens of 600 nano-USD, and one of 150: three fit into 50,000.
  const statuses: number[] = []
  for (let n = 0; n < 5; n += 1) {
    const response = await post('/v1/chat/completions', own, call)
    await response.text()
    statuses.push(response.status)
  }
  expect(statuses).toEqual([200, 200, 200, 429, 429])
  const status = await eventually('both thresholds', async () => {
    const response = await fetch(`${api}/v1/budgets/status`, {
      headers: { authorization: `Bearer ${own}` },
    })
    const { data } = (await response.json()) as { data: { reached: number[] }[] }
    return data[0]?.reached.length === 2 ? data[0] : undefined
  })
  expect(status).toMatchObject({
    scope: 'key',
    max_usd: '0.000050000',
    used_usd: '0.000043650',
    remaining_usd: '0.000006350',
    reached: [0.5, 0.8],
  })
}, 30_000)
