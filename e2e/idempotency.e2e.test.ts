import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { readCluster } from './support/cluster.ts'
import { startCuttingProxy } from './support/cutting-proxy.ts'
import { errorOf, gatewayUnderTest, getGeneration, postChat, sdk } from './support/gateway.ts'
import { onlyServedCall, servedCalls } from './support/provider-log.ts'

const { apis, demoLog, mode } = gatewayUnderTest()
const [api = ''] = apis
const apiOf = (turn: number) => apis[turn % apis.length] ?? api

const question = (text: string, stream = false) => ({
  model: 'demo/chat',
  stream,
  messages: [{ role: 'user' as const, content: text }],
})

/** Marks a call in the provider's log. */
const tagged = (more: Record<string, string> = {}) => {
  const tag = randomUUID()
  return { tag, headers: { 'x-demo-tag': tag, ...more } }
}

const idOf = (response: Response) => response.headers.get('x-request-id') ?? ''

async function callsOf(tag: string): Promise<number> {
  await sleep(1_500)
  return (await servedCalls(tag)).length
}

// Side by side: each has a key and a tag of its own, and waits most of its time.
describe('one Idempotency-Key is one generation', () => {
  test.concurrent.each([false, true])(
    'M-034: the second call gets the answer of the first, running or finished (stream: %s)',
    async (stream) => {
      const { tag, headers } = tagged({
        'x-demo-interval-ms': '20',
        'idempotency-key': randomUUID(),
      })
      const body = question('Only once, please', stream)
      const first = postChat(apiOf(0), body, { headers })
      await sleep(100)
      const second = await postChat(apiOf(1), body, { headers })
      const answers = [await (await first).text(), await second.text()]
      const third = await postChat(apiOf(1), body, { headers })
      answers.push(await third.text())
      expect(new Set(answers).size).toBe(1)
      expect(answers[0]).toMatch(stream ? /data: \[DONE\]\n\n$/ : /"finish_reason":"stop"/)
      expect(new Set([idOf(await first), idOf(second), idOf(third)]).size).toBe(1)
      expect(await callsOf(tag)).toBe(1)
      const view = await getGeneration(api, idOf(third))
      expect(((await view.json()) as { attempts: unknown[] }).attempts).toHaveLength(1)
    },
    30_000,
  )

  test.concurrent.each([false, true])(
    'FM06, M-034: 50 parallel calls, one generation, 50 equal answers (stream: %s)',
    async (stream) => {
      const { tag, headers } = tagged({
        'x-demo-interval-ms': '20',
        'idempotency-key': randomUUID(),
      })
      const body = question('All at once', stream)
      const responses = await Promise.all(
        Array.from({ length: 50 }, (_, turn) => postChat(apiOf(turn), body, { headers })),
      )
      const answers = await Promise.all(responses.map((response) => response.text()))
      expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 200))
      expect(new Set(answers).size).toBe(1)
      expect(new Set(responses.map(idOf)).size).toBe(1)
      expect(await callsOf(tag)).toBe(1)
    },
    30_000,
  )

  test.concurrent('M-034: another body under the key is 422, and not to be tried again', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    await (await postChat(api, question('One thing'), { headers })).text()
    const body = question('Another thing')
    const response = await postChat(apiOf(1), body, { headers })
    expect(response.status).toBe(422)
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect((await errorOf(response)).code).toBe('idempotency_mismatch')
    const call = sdk(api, { maxRetries: 2 }).chat.completions.create(body, { headers })
    await expect(call).rejects.toMatchObject({ status: 422 })
  })

  test.concurrent('M-034: the same JSON written otherwise is the same body', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const messages = '[{"role":"user","content":"Equal"}]'
    const one = await postChat(api, `{"model":"demo/chat","messages":${messages}}`, { headers })
    const two = await postChat(api, `{ "messages": ${messages}, "model": "demo/chat" }`, {
      headers,
    })
    expect([two.status, idOf(two), await two.text()]).toEqual([200, idOf(one), await one.text()])
  })

  test.concurrent.each([
    ['empty', ''],
    ['two words', 'two words'],
    ['256 characters', 'x'.repeat(256)],
  ])('M-034: a key that is none is 400 and names its header: %s', async (_name, key) => {
    const response = await postChat(api, question('Hello'), {
      headers: { 'idempotency-key': key },
    })
    expect(response.status).toBe(400)
    expect((await errorOf(response)).param).toBe('Idempotency-Key')
  })

  test.concurrent('M-034: a failure that can be mended, with nothing published, is not kept', async () => {
    const { tag, headers } = tagged({ 'idempotency-key': randomUUID() })
    const body = { ...question('Fails'), model: 'demo/chat:503' }
    const one = await postChat(api, body, { headers })
    const two = await postChat(apiOf(1), body, { headers })
    expect([one.status, two.status]).toEqual([503, 503])
    expect(idOf(two)).not.toBe(idOf(one))
    expect(await callsOf(tag)).toBeGreaterThanOrEqual(2)
  }, 30_000)
})

describe('the official OpenAI SDK tries again', () => {
  test.concurrent.each([1, 2])(
    'FM05: cut off %d times before the head, it gets the answer of its first call: one provider call, one bill',
    async (cuts) => {
      const { tag, headers } = tagged({ 'x-demo-first-byte-ms': '4000' })
      await using proxy = await startCuttingProxy(api, { cuts, afterMs: 300 })
      const client = sdk(proxy.url, { maxRetries: 2 })
      const { data, response } = await client.chat.completions
        .create({ ...question('Through a bad network'), stream: false }, { headers })
        .withResponse()
      expect(data.choices[0]?.finish_reason).toBe('stop')
      expect(proxy.connections).toBe(cuts + 1)
      const view = await getGeneration(api, idOf(response))
      expect(await view.json()).toMatchObject({ state: 'completed', attempts: [{ attempt: 1 }] })
      expect((await onlyServedCall(tag)).outcome).toBe('completed')
    },
    30_000,
  )

  test.concurrent('FM05: so does a stream that was cut before its head', async () => {
    const { tag, headers } = tagged({ 'x-demo-first-byte-ms': '2000' })
    await using proxy = await startCuttingProxy(api, { cuts: 1, afterMs: 300 })
    const stream = await sdk(proxy.url, { maxRetries: 2 }).chat.completions.create(
      { ...question('Streamed'), stream: true },
      { headers },
    )
    let text = ''
    let finish: string | null | undefined
    for await (const chunk of stream as AsyncIterable<OpenAI.ChatCompletionChunk>) {
      text += chunk.choices[0]?.delta.content ?? ''
      finish = chunk.choices[0]?.finish_reason ?? finish
    }
    expect(text).not.toBe('')
    expect(finish).toBe('stop')
    expect((await onlyServedCall(tag)).outcome).toBe('completed')
  }, 30_000)

  test.concurrent('FM05: two calls that happen to be equal are two, as long as neither is a retry', async () => {
    const { tag, headers } = tagged()
    const client = sdk(api)
    const answers = await Promise.all(
      [1, 2].map(() => client.chat.completions.create(question('Equal'), { headers }).asResponse()),
    )
    expect(new Set(answers.map(idOf)).size).toBe(2)
    expect(await callsOf(tag)).toBe(2)
  }, 30_000)

  test.concurrent('FM05: an answer that was delivered is not given again: the next retry is a new call', async () => {
    const { tag, headers } = tagged()
    const counted = (count: string) => ({ ...headers, 'x-stainless-retry-count': count })
    const body = question('Delivered')
    const one = await postChat(api, body, { headers: counted('0') })
    await one.text()
    await sleep(500)
    const two = await postChat(apiOf(1), body, { headers: counted('1') })
    await two.text()
    expect(idOf(two)).not.toBe(idOf(one))
    expect(await callsOf(tag)).toBe(2)
  }, 30_000)
})

if (mode === 'distributed') {
  const ingress = (replica: number) => {
    const { processes } = readCluster()
    const found = processes.find((each) => each.service === 'ingress' && each.replica === replica)
    if (!found?.api) throw new Error(`no ingress ${String(replica)}`)
    return { pid: found.pid, api: found.api }
  }

  describe('a retry overtakes its original, which lies unread in a frozen ingress', () => {
    test('FM05: the original, given up by its client, is not started when the ingress goes on', async () => {
      const { tag, headers } = tagged({ 'x-demo-interval-ms': '20' })
      const [frozen, awake] = [ingress(0), ingress(1)]
      process.kill(frozen.pid, 'SIGSTOP')
      let response: Response
      try {
        let tries = 0
        const { key } = gatewayUnderTest()
        const client = new OpenAI({
          baseURL: 'http://gateway/v1',
          apiKey: key,
          maxRetries: 2,
          timeout: 2_000,
          // As a balancer would: the next try goes to the next process.
          fetch(url, init) {
            const target = tries++ === 0 ? frozen.api : awake.api
            return fetch((url as string).replace('http://gateway', target), init)
          },
        })
        response = await client.chat.completions
          .create(question('Overtaken'), { headers })
          .asResponse()
        await response.text()
      } finally {
        process.kill(frozen.pid, 'SIGCONT')
      }
      expect(response.status).toBe(200)
      expect((await onlyServedCall(tag)).request_id).toBe(idOf(response))
    }, 40_000)

    test('FM05: one whose client still waits joins the generation that the retry began', async () => {
      const { tag, headers } = tagged({ 'x-demo-interval-ms': '100', 'x-demo-tokens': '50' })
      const body = question('Overtaken, and still there')
      const [frozen, awake] = [ingress(0), ingress(1)]
      process.kill(frozen.pid, 'SIGSTOP')
      let original: Promise<Response>
      let retry: Promise<Response>
      try {
        const counted = (count: string) => ({ ...headers, 'x-stainless-retry-count': count })
        original = postChat(frozen.api, body, { headers: counted('0') })
        await sleep(300)
        retry = postChat(awake.api, body, { headers: counted('1') })
        await sleep(2_000)
      } finally {
        process.kill(frozen.pid, 'SIGCONT')
      }
      const answers = await Promise.all([original, retry])
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      expect(new Set(answers.map(idOf)).size).toBe(1)
      expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1)
      expect((await onlyServedCall(tag)).outcome).toBe('completed')
    }, 40_000)
  })
}

test('every call of this file can be counted', () => {
  expect(demoLog).not.toBeNull()
})
