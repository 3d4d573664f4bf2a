import assert from 'node:assert/strict'
import type { Json } from '@sluice/work-queue'
import { gate, pause, withDate, type WorkQueueCase } from './work-queue-case.ts'

/** Who gets a job, how many at a time, and what a job looks like when it arrives. */
export const jobCases: readonly WorkQueueCase[] = [
  {
    title: 'delivers every job once to each group, to one of its workers',
    async run(bench) {
      const queue = await bench.open()
      const workers = {
        mail: [
          await bench.worker(queue, { group: 'mail' }),
          await bench.worker(queue, { group: 'mail' }),
        ],
        audit: [
          await bench.worker(queue, { group: 'audit' }),
          await bench.worker(queue, { group: 'audit' }),
        ],
      }
      const sent = Array.from({ length: 20 }, (_, i) => i)
      for (const i of sent) await queue.enqueue(bench.queue, i)
      for (const [group, members] of Object.entries(workers)) {
        await bench.untilDepth(queue, 0, group)
        const got = members.flatMap((worker) => worker.payloads as number[])
        assert.deepEqual(
          got.toSorted((a, b) => a - b),
          sent,
          group,
        )
      }
    },
  },
  {
    title: 'gives the workers of a group different jobs at the same time',
    async run(bench) {
      const queue = await bench.open()
      const { opened, open } = gate()
      const first = await bench.worker(queue, { concurrency: 1 }, () => opened)
      const second = await bench.worker(queue, { concurrency: 1 }, () => opened)
      for (const i of [0, 1, 2]) await queue.enqueue(bench.queue, i)
      await first.reaches(1)
      await second.reaches(1)
      open()
      await bench.untilDepth(queue, 0)
      assert.equal(first.jobs.length + second.jobs.length, 3)
    },
  },
  {
    title: 'runs at most as many jobs of a worker at a time as it asked for',
    async run(bench) {
      const queue = await bench.open()
      let running = 0
      let most = 0
      const { opened, open } = gate()
      const worker = await bench.worker(queue, { concurrency: 3 }, async () => {
        running += 1
        most = Math.max(most, running)
        await opened
        running -= 1
      })
      for (let i = 0; i < 8; i += 1) await queue.enqueue(bench.queue, i)
      await worker.reaches(3)
      await pause(50)
      assert.equal(worker.jobs.length, 3)
      open()
      await bench.untilDepth(queue, 0)
      assert.equal(worker.jobs.length, 8)
      assert.equal(most, 3)
    },
  },
  {
    title: 'keeps every job until a group takes it, however many wait',
    async run(bench) {
      const queue = await bench.open()
      const sent = Array.from({ length: 2000 }, (_, i) => i)
      await Promise.all(sent.map((i) => queue.enqueue(bench.queue, i)))
      assert.equal(await queue.depth(bench.queue, 'group'), sent.length)
      const worker = await bench.worker(queue, { concurrency: 50 })
      await bench.untilDepth(queue, 0)
      const got = worker.payloads as readonly number[]
      assert.deepEqual(
        got.toSorted((a, b) => a - b),
        sent,
      )
    },
  },
  {
    title: 'gives a new group the jobs that are still in the queue',
    async run(bench) {
      const queue = await bench.open()
      const { opened, open } = gate()
      const early = await bench.worker(queue, { group: 'early' }, () => opened)
      await queue.enqueue(bench.queue, 'held')
      await early.reaches(1)
      const late = await bench.worker(queue, { group: 'late' })
      await late.reaches(1)
      open()
      await bench.untilDepth(queue, 0, 'early')
      await bench.untilDepth(queue, 0, 'late')
      assert.deepEqual([...early.payloads, ...late.payloads], ['held', 'held'])
    },
  },
  {
    title: 'keeps a job until its handler has resolved',
    async run(bench) {
      const queue = await bench.open()
      const { opened, open } = gate()
      const worker = await bench.worker(queue, {}, () => opened)
      await queue.enqueue(bench.queue, 'kept')
      await worker.reaches(1)
      await pause(20)
      assert.equal(
        await queue.depth(bench.queue, 'group'),
        1,
        'the job was gone while it was worked on',
      )
      open()
      await bench.untilDepth(queue, 0)
      assert.equal(worker.jobs.length, 1)
    },
  },
  {
    title: 'counts what a group has not finished, and nothing of queues nobody used',
    async run(bench) {
      const queue = await bench.open()
      assert.equal(await queue.depth(bench.queue, 'group'), 0)
      assert.deepEqual(await queue.deadLetters(bench.queue, 'group'), [])
      const { opened, open } = gate()
      const worker = await bench.worker(queue, { concurrency: 1 }, () => opened)
      for (let i = 0; i < 3; i += 1) await queue.enqueue(bench.queue, i)
      await worker.reaches(1)
      assert.equal(await queue.depth(bench.queue, 'group'), 3)
      assert.equal(await queue.depth(bench.queue, 'a group to come'), 3)
      open()
      await bench.untilDepth(queue, 0)
      assert.equal(await queue.depth(bench.queue, 'a group to come'), 0)
    },
  },
  {
    title: 'takes equal dedupe ids for one job, also when that job is finished',
    async run(bench) {
      const queue = await bench.open()
      const worker = await bench.worker(queue)
      await queue.enqueue(bench.queue, 'first', { dedupeId: 'a' })
      await bench.untilDepth(queue, 0)
      await queue.enqueue(bench.queue, 'repeated', { dedupeId: 'a' })
      await queue.enqueue(bench.queue, 'other', { dedupeId: 'b' })
      await queue.enqueue(bench.queue, 'plain')
      await queue.enqueue(bench.queue, 'plain')
      await worker.reaches(4)
      await bench.untilDepth(queue, 0)
      assert.deepEqual((worker.payloads as string[]).toSorted(), [
        'first',
        'other',
        'plain',
        'plain',
      ])
    },
  },
  {
    title: 'hands over JSON: copies, with a Date as text',
    async run(bench) {
      const queue = await bench.open()
      const one = await bench.worker(queue, { group: 'one' })
      const two = await bench.worker(queue, { group: 'two' })
      const { payload, expected } = withDate()
      const changed = { value: 'as sent' }
      await queue.enqueue(bench.queue, payload)
      await queue.enqueue(bench.queue, changed)
      changed.value = 'changed later'
      for (const worker of [one, two]) {
        await worker.reaches(2)
        assert.deepEqual(worker.payloads, [expected, { value: 'as sent' }])
      }
      assert.notEqual(one.payloads[0], two.payloads[0], 'two groups got the same object')
    },
  },
  {
    title: 'delivers any JSON as it was sent',
    async run(bench) {
      const queue = await bench.open()
      const sent: Json[] = [
        null,
        false,
        0,
        '',
        'żółć 🙂\r\n"\\',
        [],
        { deep: [{ er: [1.5, -2e-7, null] }] },
        'x'.repeat(300_000),
      ]
      const worker = await bench.worker(queue, { concurrency: 1 })
      for (const payload of sent) await queue.enqueue(bench.queue, payload)
      await worker.reaches(sent.length)
      assert.deepEqual(worker.payloads, sent)
      assert.equal(new Set(worker.jobs.map((job) => job.id)).size, sent.length)
      assert.ok(worker.jobs.every((job) => job.delivery === 1))
    },
  },
  {
    title: 'waits for running handlers when a consumer is disposed, and leaves the rest to others',
    async run(bench) {
      const queue = await bench.open()
      const { opened, open } = gate()
      let finished = 0
      const leaver = await bench.worker(queue, { concurrency: 2 }, async () => {
        await opened
        finished += 1
      })
      for (let i = 0; i < 5; i += 1) await queue.enqueue(bench.queue, i)
      await leaver.reaches(2)
      const finishedAtDisposal = leaver.stop().then(() => finished)
      setTimeout(open, 50) // long enough for a disposal that does not wait to be caught
      assert.equal(await finishedAtDisposal, 2)
      assert.equal(await queue.depth(bench.queue, 'group'), 3)
      const stayer = await bench.worker(queue)
      await bench.untilDepth(queue, 0)
      assert.equal(leaver.jobs.length, 2)
      assert.equal(stayer.jobs.length, 3)
      assert.ok(stayer.jobs.every((job) => job.delivery === 1))
    },
  },
  {
    title: 'waits for running handlers when the queue is disposed, and refuses everything after',
    async run(bench) {
      const queue = await bench.open()
      await queue.ping()
      const { opened, open } = gate()
      let finished = 0
      const worker = await bench.worker(queue, {}, async () => {
        await opened
        finished += 1
      })
      await queue.enqueue(bench.queue, 'last')
      await worker.reaches(1)
      const finishedAtDisposal = queue[Symbol.asyncDispose]().then(() => finished)
      setTimeout(open, 50) // long enough for a disposal that does not wait to be caught
      assert.equal(await finishedAtDisposal, 1)
      await queue[Symbol.asyncDispose]()
      const closed = { code: 'dependency_unavailable', status: 503, retryable: true }
      await assert.rejects(queue.ping(), closed)
      await assert.rejects(queue.enqueue(bench.queue, 'late'), closed)
      await assert.rejects(bench.worker(queue), closed)
      await assert.rejects(queue.request(bench.method, null, { timeoutMs: 1000 }), closed)
      await assert.rejects(queue.broadcast(bench.channel, null), closed)
    },
  },
  {
    title: 'carries jobs, requests and broadcasts between processes',
    async run(bench) {
      const here = await bench.open()
      const there = await bench.open()
      const worker = await bench.worker(there)
      await here.enqueue(bench.queue, 'job')
      await worker.reaches(1)
      await there.respond(bench.method, async (payload) => [payload, 'answered'])
      assert.deepEqual(await here.request(bench.method, 'asked', { timeoutMs: 5000 }), [
        'asked',
        'answered',
      ])
      const heard: Json[] = []
      await there.onBroadcast(bench.channel, (message) => heard.push(message))
      await here.broadcast(bench.channel, 'hint')
      await bench.until(
        () => heard.length === 1,
        () => 'the broadcast',
      )
      assert.deepEqual([worker.payloads, heard], [['job'], ['hint']])
    },
  },
]
