import { expect, test } from '@jest/globals'
import { chat, errorOf, eventsOf, eventually, post } from '../../test/support/client.ts'
import type { Script, Work } from '../../test/support/scripted-worker.ts'
import { keys, startTestIngress, type TestIngress } from '../../test/support/test-ingress.ts'

const stream = { ...chat, stream: true }
const chunk = (text: string) => JSON.stringify({ choices: [{ delta: { content: text } }] })
const idOf = (response: Response) => response.headers.get('x-request-id') ?? ''
const env = { INGRESS_DISCONNECT_GRACE_MS: '150' }

/** Answers when it is told to; counts what was started. */
function worker(reply: Script = (work) => work.complete('{"answer":42}')) {
  const works: Work[] = []
  const goOn = Promise.withResolvers<void>()
  const script: Script = async (work) => {
    works.push(work)
    await goOn.promise
    await reply(work)
  }
  return {
    script,
    works,
    goOn: () => {
      goOn.resolve()
    },
  }
}

const keyed = { 'idempotency-key': 'order-66' }
const counted = (count: number) => ({ 'x-stainless-retry-count': String(count) })

const streaming: Script = async (work) => {
  await work.publish(chunk('a'))
  await work.publish(chunk('b'), chunk('c'))
  await work.complete('[DONE]')
}

test.each([chat, stream])(
  'FM06, M-034: 50 calls with one Idempotency-Key are one generation and 50 equal answers',
  async (body) => {
    const work = worker(body === stream ? streaming : undefined)
    await using one = await startTestIngress({ script: work.script })
    await using other = await startTestIngress({ generations: one.generations })
    const calls = Array.from({ length: 50 }, (_, i) =>
      post(i % 2 === 0 ? one : other, body, { headers: keyed }),
    )
    await eventually(() => work.works.length > 0)
    work.goOn()
    const responses = await Promise.all(calls)
    const texts = await Promise.all(responses.map((response) => response.text()))
    expect(new Set(texts).size).toBe(1)
    expect(new Set(responses.map(idOf)).size).toBe(1)
    expect(work.works).toHaveLength(1)
    const late = await post(other, body, { headers: keyed })
    expect([idOf(late), await late.text()]).toEqual([idOf(responses[0] as Response), texts[0]])
  },
)

test('M-034: the late call gets the whole stream from its start, event for event', async () => {
  const published = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  await using ingress = await startTestIngress({
    async script(work) {
      await work.publish(chunk('a'))
      published.resolve()
      await end.promise
      await work.complete(chunk('b'), '[DONE]')
    },
  })
  const first = await post(ingress, stream, { headers: keyed })
  await published.promise
  const second = await post(ingress, stream, { headers: keyed })
  end.resolve()
  const [one, two] = [await first.text(), await second.text()]
  expect(two).toBe(one)
  expect(eventsOf(two)).toHaveLength(3)
})

test('M-034: another body under the key is 422, which no SDK tries again', async () => {
  const work = worker()
  work.goOn()
  await using ingress = await startTestIngress({ script: work.script })
  await (await post(ingress, chat, { headers: keyed })).text()
  const response = await post(ingress, { ...chat, user: 'x' }, { headers: keyed })
  expect(response.status).toBe(422)
  expect(response.headers.get('x-should-retry')).toBe('false')
  expect((await errorOf(response)).code).toBe('idempotency_mismatch')
  expect(work.works).toHaveLength(1)
})

test('M-034: the key of one API key means nothing under another', async () => {
  const work = worker()
  work.goOn()
  await using ingress = await startTestIngress({ script: work.script })
  const ids = new Set<string>()
  for (const key of [keys.all, keys.acme, keys.stranger]) {
    const response = await post(ingress, chat, { headers: keyed, key })
    await response.text()
    ids.add(idOf(response))
  }
  expect(ids.size).toBe(3)
})

test('FM05: an SDK’s retry attaches to its original, whose client is gone, and ends the grace of it', async () => {
  const work = worker()
  await using one = await startTestIngress({ script: work.script, env })
  await using other = await startTestIngress({ generations: one.generations, env })
  const client = new AbortController()
  post(one, chat, { headers: counted(0), signal: client.signal }).catch(() => undefined)
  await eventually(() => work.works.length === 1)
  client.abort()
  await eventually(() => one.log.some(({ outcome }) => outcome === 'client_disconnected'))
  const retry = post(other, chat, { headers: counted(1) })
  await new Promise((resolve) => setTimeout(resolve, 400))
  work.goOn()
  const response = await retry
  expect(await response.json()).toEqual({ answer: 42 })
  expect(idOf(response)).toBe(work.works[0]?.claim.id)
  expect(work.works).toHaveLength(1)
})

test('FM05: an answer that was delivered is not given twice: the same call later is a new one', async () => {
  const work = worker()
  work.goOn()
  await using ingress = await startTestIngress({ script: work.script })
  await (await post(ingress, chat, { headers: counted(0) })).text()
  await eventually(() => ingress.log.some(({ outcome }) => outcome === 'completed'))
  await (await post(ingress, chat, { headers: counted(1) })).text()
  expect(work.works).toHaveLength(2)
})

test('FM05: two originals that happen to be equal are two calls', async () => {
  const work = worker()
  work.goOn()
  await using ingress = await startTestIngress({ script: work.script })
  const responses = await Promise.all(
    [0, 0].map((n) => post(ingress, chat, { headers: counted(n) })),
  )
  expect(new Set(responses.map(idOf)).size).toBe(2)
})

test('M-034: an attached call that leaves takes nothing from its original, and the other way round', async () => {
  const work = worker()
  await using ingress = await startTestIngress({ script: work.script, env })
  const leaving = async (signal: AbortSignal) => post(ingress, chat, { headers: keyed, signal })
  const clients = [new AbortController(), new AbortController()]
  for (const { signal } of clients) leaving(signal).catch(() => undefined)
  const staying = post(ingress, chat, { headers: keyed })
  await eventually(() => ingress.service !== null && work.works.length === 1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  for (const client of clients) client.abort()
  await eventually(() => departures(ingress) === 2)
  await new Promise((resolve) => setTimeout(resolve, 400))
  work.goOn()
  expect(await (await staying).json()).toEqual({ answer: 42 })
})

test('tokens of an answer shown several times are counted once', async () => {
  const work = worker()
  work.goOn()
  await using ingress = await startTestIngress({ script: work.script })
  for (let call = 0; call < 3; call++) await (await post(ingress, chat, { headers: keyed })).text()
  await eventually(() => ingress.log.filter(({ attached }) => attached === true).length === 2)
  const metrics = await ingress.registry.metrics()
  expect(metrics).toContain('gateway_tokens_total{direction="output"} 5\n')
  expect(metrics).toContain('gateway_attached_calls_total 2\n')
})

function departures({ log }: TestIngress): number {
  return log.filter(({ outcome }) => outcome === 'client_disconnected').length
}
