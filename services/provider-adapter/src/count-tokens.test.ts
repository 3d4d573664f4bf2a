import { afterEach, expect, test } from '@jest/globals'
import type { Provider } from '@sluice/catalogue/catalogue'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import { countTokens } from '@sluice/contracts/rpc/provider-adapter'
import type { WireName } from '@sluice/contracts/wire-name'
import { createDemoProvider, type ServedCall } from '@sluice/demo-provider'
import { systemClock } from '@sluice/kernel/clock'
import { callRpc } from '@sluice/work-queue/rpc'
import { startAdapter } from '../test/support/start-adapter.ts'

const cleanup: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

const target = (wire: WireName): RouteTarget => ({
  provider: 'acme',
  pool: 'default',
  wire,
  model: 'acme/one',
  upstreamModel: 'demo/chat',
  price: null,
  maxTokens: null,
  traits: {},
  maxEventBytes: null,
})
const body = Buffer.from(
  JSON.stringify({ model: 'x', max_tokens: 5, messages: [{ role: 'user', content: 'Hello you' }] }),
).toString('base64')

async function ask(wire: WireName, row: Partial<Provider>) {
  const calls: ServedCall[] = []
  const demo = createDemoProvider({ clock: systemClock, onCall: (call) => calls.push(call) })
  const { queue, records } = await startAdapter(cleanup, { acme: demo }, { row: { wire, ...row } })
  const headers = { 'anthropic-beta': 'b-1', 'x-other': 'no' }
  const call = { target: target(wire), tenantId: 'default', body, headers }
  const { tokens } = await callRpc(queue, countTokens, call, { timeoutMs: 5_000 })
  return { tokens, calls, records }
}

test('T63: Anthropic counts by itself, with the caller’s betas and our credential, and it is no call', async () => {
  const { tokens, calls, records } = await ask('anthropic-messages', {})
  expect(tokens).toBeGreaterThan(0)
  expect(calls).toMatchObject([
    { path: '/v1/messages/count_tokens', status: 200, headers: { 'anthropic-beta': 'b-1' } },
  ])
  expect(calls[0]?.headers).not.toHaveProperty('x-other')
  expect(calls[0]?.headers).toHaveProperty('anthropic-version')
  expect(records).toEqual([])
})

test('T63: Gemini counts by itself', async () => {
  const { tokens, calls } = await ask('gemini', {})
  expect(tokens).toBeGreaterThan(0)
  expect(calls[0]?.path).toMatch(/:countTokens$/)
})

test('who does not count, or runs another vendor’s model, is not asked', async () => {
  expect(await ask('openai-chat', {})).toMatchObject({ tokens: null, calls: [] })
  const options = { project: 'p', location: 'l' }
  expect(await ask('anthropic-messages', { options })).toMatchObject({ tokens: null, calls: [] })
})
