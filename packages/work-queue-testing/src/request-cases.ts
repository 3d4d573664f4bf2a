import assert from 'node:assert/strict'
import { defineErrors, GatewayError } from '@sluice/kernel/errors'
import type { Json } from '@sluice/work-queue'
import { gate, pause, withDate, type WorkQueueCase } from './work-queue-case.ts'

const { refused } = defineErrors({
  refused: { status: 409, retryable: false, title: 'No' },
})

/** Questions between services, and signals to all processes. */
export const requestCases: readonly WorkQueueCase[] = [
  {
    title: 'answers each of many requests with its own answer',
    async run(bench) {
      const queue = await bench.open()
      await queue.respond(bench.method, async (payload) => ({ got: payload }))
      const asked = Array.from({ length: 100 }, (_, i) => i)
      const replies = await Promise.all(
        asked.map((i) => queue.request(bench.method, i, { timeoutMs: 10_000 })),
      )
      assert.deepEqual(
        replies,
        asked.map((got) => ({ got })),
      )
    },
  },
  {
    title: 'gives each request to one of the responders',
    async run(bench) {
      const queue = await bench.open()
      const handled: Json[] = []
      const handler = async (payload: Json) => {
        handled.push(payload)
        return null
      }
      await queue.respond(bench.method, handler)
      await queue.respond(bench.method, handler)
      const asked = Array.from({ length: 40 }, (_, i) => i)
      for (const i of asked) await queue.request(bench.method, i, { timeoutMs: 10_000 })
      assert.deepEqual(handled, asked)
    },
  },
  {
    title: 'passes the error of a responder to the caller',
    async run(bench) {
      const queue = await bench.open()
      await queue.respond(bench.method, async () => {
        throw new GatewayError(refused, 'not today', { param: 'day', retryAfterMs: 86_400_000 })
      })
      await assert.rejects(queue.request(bench.method, null, { timeoutMs: 5000 }), (error) => {
        assert.ok(GatewayError.is(error))
        assert.deepEqual(
          { ...error.definition, param: error.param, retryAfterMs: error.retryAfterMs },
          {
            code: 'refused',
            status: 409,
            retryable: false,
            title: 'not today',
            param: 'day',
            retryAfterMs: 86_400_000,
          },
        )
        return true
      })
    },
  },
  {
    title: 'gives up on a request nobody takes, and never delivers it later',
    async run(bench) {
      const queue = await bench.open()
      const start = performance.now()
      const noAnswer = { code: 'no_answer', status: 503, retryable: true }
      await assert.rejects(queue.request(bench.method, 'lost', { timeoutMs: 100 }), noAnswer)
      assert.ok(performance.now() - start < 2000)
      // Its time runs from when the back end has it, which on a busy machine is later than here.
      await pause(500)
      const handled: Json[] = []
      await queue.respond(bench.method, async (payload) => {
        handled.push(payload)
        return null
      })
      await queue.request(bench.method, 'next', { timeoutMs: 5000 })
      assert.deepEqual(handled, ['next'])
    },
  },
  {
    title: 'lets a request wait for a responder that comes in time',
    async run(bench) {
      const queue = await bench.open()
      const reply = queue.request(bench.method, 'early', { timeoutMs: 10_000 })
      await pause(20)
      await queue.respond(bench.method, async (payload) => payload)
      assert.equal(await reply, 'early')
    },
  },
  {
    title: 'does not deliver a request again that was taken and not answered in time',
    async run(bench) {
      const queue = await bench.open()
      const { opened, open } = gate()
      const handled: Json[] = []
      await queue.respond(bench.method, async (payload) => {
        handled.push(payload)
        if (payload === 'slow') await opened
        return payload
      })
      await assert.rejects(queue.request(bench.method, 'slow', { timeoutMs: 200 }), {
        code: 'no_answer',
      })
      open() // its answer comes now, and must not be taken for the next one's
      assert.equal(await queue.request(bench.method, 'next', { timeoutMs: 5000 }), 'next')
      assert.deepEqual(handled, ['slow', 'next'])
    },
  },
  {
    title: 'waits for running answers when a responder is disposed, and they arrive',
    async run(bench) {
      const queue = await bench.open()
      const entered = gate()
      const { opened, open } = gate()
      const responder = await queue.respond(bench.method, async () => {
        entered.open()
        await opened
        return 'late but there'
      })
      const reply = queue.request(bench.method, null, { timeoutMs: 10_000 })
      await entered.opened
      let isDisposed = false
      const disposal = responder[Symbol.asyncDispose]().then(() => {
        isDisposed = true
      })
      await pause(50)
      assert.equal(isDisposed, false)
      open()
      await disposal
      assert.equal(await reply, 'late but there')
      await assert.rejects(queue.request(bench.method, null, { timeoutMs: 100 }), {
        code: 'no_answer',
      })
    },
  },
  {
    title: 'asks and answers in JSON: copies, with a Date as text',
    async run(bench) {
      const queue = await bench.open()
      const { payload, expected } = withDate()
      const got: Json[] = []
      await queue.respond(bench.method, async (asked) => {
        got.push(asked)
        return payload
      })
      assert.deepEqual(await queue.request(bench.method, payload, { timeoutMs: 5000 }), expected)
      assert.deepEqual(got, [expected])
    },
  },
  {
    title: 'tells every listener of a channel, the sender’s own included, each with a copy',
    async run(bench) {
      const queue = await bench.open()
      const heard: Json[][] = [[], [], []]
      for (const messages of heard) {
        await queue.onBroadcast(bench.channel, (message) => messages.push(message))
      }
      const { payload, expected } = withDate()
      await queue.broadcast(`${bench.channel}-other`, 'not for us')
      await queue.broadcast(bench.channel, payload)
      await bench.until(
        () => heard.every((messages) => messages.length > 0),
        () => 'every listener',
      )
      assert.deepEqual(heard, [[expected], [expected], [expected]])
      assert.notEqual(heard[0]?.[0], heard[1]?.[0], 'two listeners got the same object')
    },
  },
  {
    title: 'keeps telling others when one listener throws or leaves',
    async run(bench) {
      const queue = await bench.open()
      const left: Json[] = []
      const heard: Json[] = []
      await queue.onBroadcast(bench.channel, () => {
        throw new Error('planted')
      })
      const leaver = await queue.onBroadcast(bench.channel, (message) => left.push(message))
      await queue.onBroadcast(bench.channel, (message) => heard.push(message))
      await queue.broadcast(bench.channel, 1)
      await bench.until(
        () => heard.length === 1 && left.length === 1,
        () => 'the first broadcast',
      )
      await leaver[Symbol.asyncDispose]()
      await queue.broadcast(bench.channel, 2)
      await bench.until(
        () => heard.length === 2,
        () => 'the second broadcast',
      )
      assert.deepEqual([left, heard], [[1], [1, 2]])
    },
  },
]
