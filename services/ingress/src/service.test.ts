import { expect, test } from '@jest/globals'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import {
  chat,
  errorOf,
  eventually,
  post,
  rawConnection,
  rawRequest,
} from '../test/support/client.ts'
import type { Work } from '../test/support/scripted-worker.ts'
import { keys, startTestIngress } from '../test/support/test-ingress.ts'

const stream = { ...chat, stream: true }

test('M-305: a shutdown waits for an open stream, which ends normally; new calls get 503', async () => {
  const end = Promise.withResolvers<void>()
  await using ingress = await startTestIngress({
    async script(work) {
      await work.publish('{"choices":[]}')
      await end.promise
      await work.complete('[DONE]')
    },
  })
  const open = await post(ingress, stream)
  const stopped = Promise.resolve(ingress.service[Symbol.asyncDispose]())
  const refused = await post(ingress, chat)
  expect(refused.status).toBe(503)
  expect((await errorOf(refused)).code).toBe('server_is_overloaded')
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(refused.headers.get('connection')).toBe('close')
  end.resolve()
  expect(await open.text()).toContain('data: [DONE]')
  await stopped
})

test('M-305: what is still open at the deadline is cut off, and its generation lives on', async () => {
  const works: Work[] = []
  await using ingress = await startTestIngress({
    env: { SHUTDOWN_TIMEOUT_MS: '50' },
    async script(work) {
      works.push(work)
      await work.publish('{"choices":[]}')
    },
  })
  const open = await post(ingress, stream)
  const text = open.text()
  text.catch(() => undefined)
  await ingress.service[Symbol.asyncDispose]()
  await expect(text).rejects.toThrow('terminated')
  expect(ingress.log.at(-1)).toMatchObject({ outcome: 'drained' })
  const [work] = works
  const summary = work && (await ingress.generations.describe(work.claim.id))
  expect(summary?.state).toBe('running')
})

test('a client that gave up while the process stood still is not started', async () => {
  const clock = createFakeClock()
  let frozen = 0
  const works: Work[] = []
  await using ingress = await startTestIngress({
    // Time passes without a timer firing: that is how a suspended process sees it.
    clock,
    monotonic: () => clock.monotonic() + frozen,
    async script(work) {
      works.push(work)
      await work.complete('{}')
    },
  })
  frozen = 10_000
  const socket = await rawConnection(ingress)
  socket.write(rawRequest(JSON.stringify(chat)))
  socket.destroy()
  const isOver = () => ingress.log.some(({ msg }) => msg === 'inference call')
  await eventually(() => {
    void clock.advance(1)
    return isOver()
  })
  expect(works).toHaveLength(0)
  expect(ingress.log.at(-1)).toMatchObject({ outcome: 'client_disconnected' })
})

test('M-304: one record per call with what an operator asks for, and no secret, header or prompt', async () => {
  await using ingress = await startTestIngress({ script: (work) => work.complete('{"canary":1}') })
  const prompt = 'canary-prompt'
  const body = { ...stream, messages: [{ role: 'user', content: prompt }] }
  const headers = { 'x-request-id': 'mine', cookie: 'canary-cookie' }
  const response = await post(ingress, body, { headers })
  await response.text()
  await eventually(() => ingress.log.some(({ msg }) => msg === 'inference call'))
  const records = ingress.log.filter(({ msg }) => msg === 'inference call')
  expect(records).toHaveLength(1)
  expect(records[0]).toMatchObject({
    request_id: response.headers.get('x-request-id'),
    client_request_id: 'mine',
    route: '/v1/chat/completions',
    tenant_id: 'default',
    project_id: 'all',
    key_id: 'k_all',
    key_name: 'all',
    model: 'acme/fast',
    answered_model: 'stub/model',
    provider: 'stub',
    stream: true,
    status: 200,
    outcome: 'completed',
    input_tokens: 3,
    output_tokens: 5,
    amount_nano_usd: 42,
  })
  const text = JSON.stringify(ingress.log)
  expect(text).not.toContain(keys.all)
  expect(text).not.toContain('canary')
})

test('M-303: a thousand random paths add no series', async () => {
  await using ingress = await startTestIngress({ env: { RATE_LIMIT_ENABLED: 'false' } })
  // Other lines may come between, when the machine is slow.
  const answered = () => ingress.log.filter(({ msg }) => msg === 'request').length
  await (await fetch(`${ingress.url}/nope`)).arrayBuffer()
  await eventually(() => answered() === 1)
  const series = async () => (await ingress.registry.metrics()).split('\n').length
  const before = await series()
  for (let i = 0; i < 1_000; i++) {
    const response = await fetch(`${ingress.url}/v1/${Math.random().toString(36).slice(2)}`)
    await response.arrayBuffer()
  }
  await eventually(() => answered() === 1_001)
  expect(await series()).toBe(before)
})

test('M-303: calls, durations, tokens, first parts and outcomes are counted', async () => {
  await using ingress = await startTestIngress({
    script: (work) => work.complete('{"choices":[]}', '[DONE]'),
  })
  await (await post(ingress, stream)).text()
  await (await post(ingress, { ...chat, model: 3 })).text()
  await eventually(() => ingress.log.filter(({ msg }) => msg === 'inference call').length === 2)
  const text = await ingress.registry.metrics()
  for (const line of [
    'gateway_requests_total{route="/v1/chat/completions",status="200"} 1',
    'gateway_requests_total{route="/v1/chat/completions",status="400"} 1',
    'gateway_request_duration_seconds_count{route="/v1/chat/completions",stream="true"} 1',
    'gateway_inference_calls_total{outcome="completed"} 1',
    'gateway_inference_calls_total{outcome="refused"} 1',
    'gateway_time_to_first_token_seconds_count 1',
    'gateway_tokens_total{direction="input"} 3',
    'gateway_tokens_total{direction="output"} 5',
    'gateway_inflight_requests 0',
  ]) {
    expect(text).toContain(`${line}\n`)
  }
})
