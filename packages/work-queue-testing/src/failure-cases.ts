import assert from 'node:assert/strict'
import { gate, pause, type WorkQueueCase } from './work-queue-case.ts'

/** Handlers that throw, stall or die. */
export const failureCases: readonly WorkQueueCase[] = [
  {
    title: 'delivers a job again when its handler throws',
    async run(bench) {
      const queue = await bench.open()
      const worker = await bench.worker(queue, {}, async (job) => {
        if (job.delivery === 1) throw new Error('planted')
      })
      await queue.enqueue(bench.queue, 'again')
      await worker.reaches(2)
      await bench.untilDepth(queue, 0)
      const [first, second] = worker.jobs
      assert.deepEqual([first?.delivery, second?.delivery], [1, 2])
      assert.equal(second?.id, first?.id)
      assert.deepEqual(second?.payload, 'again')
      assert.deepEqual(await queue.deadLetters(bench.queue, 'group'), [])
    },
  },
  {
    title: 'does other jobs while a failed one rests',
    async run(bench) {
      const queue = await bench.open()
      const worker = await bench.worker(
        queue,
        { concurrency: 1, maxDeliveries: 2 },
        async (job) => {
          if (job.payload === 'bad') throw new Error('planted')
        },
      )
      await queue.enqueue(bench.queue, 'bad')
      await queue.enqueue(bench.queue, 'good')
      await worker.reaches(3)
      assert.deepEqual(worker.payloads, ['bad', 'good', 'bad'])
    },
  },
  {
    title: 'moves a job to the dead letters of its group after maxDeliveries',
    async run(bench) {
      const queue = await bench.open()
      const failing = await bench.worker(
        queue,
        { group: 'failing', maxDeliveries: 2 },
        async () => {
          throw new TypeError('this cannot work')
        },
      )
      const sound = await bench.worker(queue, { group: 'sound' })
      await queue.enqueue(bench.queue, { poison: true })
      await bench.until(
        async () => (await queue.deadLetters(bench.queue, 'failing')).length === 1,
        () => 'the dead letter',
      )
      assert.deepEqual(await queue.deadLetters(bench.queue, 'failing'), [
        {
          id: failing.jobs[0]?.id,
          payload: { poison: true },
          deliveries: 2,
          error: 'this cannot work',
        },
      ])
      assert.equal(await queue.depth(bench.queue, 'failing'), 0)
      await pause(300) // a third delivery would come by now
      assert.deepEqual(
        failing.jobs.map((job) => job.delivery),
        [1, 2],
      )
      assert.equal(sound.jobs.length, 1)
      assert.deepEqual(await queue.deadLetters(bench.queue, 'sound'), [])
    },
  },
  {
    title: 'gives a job three deliveries unless told otherwise',
    async run(bench) {
      const queue = await bench.open()
      const worker = await bench.worker(queue, {}, async () => {
        throw new Error('planted')
      })
      await queue.enqueue(bench.queue, 'stubborn')
      await bench.untilDepth(queue, 0)
      assert.deepEqual(
        worker.jobs.map((job) => job.delivery),
        [1, 2, 3],
      )
      assert.equal((await queue.deadLetters(bench.queue, 'group')).length, 1)
    },
  },
  {
    title: 'renews the lease while a handler runs, however long',
    async run(bench) {
      const queue = await bench.open()
      const { opened, open } = gate()
      const leaseMs = 300
      const worker = await bench.worker(queue, { leaseMs }, () => opened)
      const idle = await bench.worker(queue, { leaseMs })
      await queue.enqueue(bench.queue, 'long')
      await bench.until(
        () => worker.jobs.length + idle.jobs.length > 0,
        () => 'the job',
      )
      await pause(leaseMs * 4)
      open()
      await bench.untilDepth(queue, 0)
      assert.equal(worker.jobs.length + idle.jobs.length, 1)
    },
  },
  {
    title: 'M-315: delivers the job of a worker that died to another one, after its lease',
    async run(bench) {
      const dying = await bench.open()
      const queue = await bench.open()
      const { opened, open } = gate()
      const leaseMs = 500
      const dead = await bench.worker(dying, { leaseMs }, () => opened)
      await queue.enqueue(bench.queue, 'orphan')
      await dead.reaches(1)
      const living = await bench.worker(queue, { leaseMs })
      await bench.crash(dying)
      const diedAt = performance.now()
      await living.reaches(1)
      const waitedMs = performance.now() - diedAt
      assert.ok(waitedMs > leaseMs / 2, `taken over after ${String(waitedMs)} ms`)
      assert.equal(living.jobs[0]?.id, dead.jobs[0]?.id)
      assert.equal(living.jobs[0]?.delivery, 2)
      await bench.untilDepth(queue, 0)
      open()
    },
  },
  {
    title: 'moves a job to the dead letters when its workers die on it',
    async run(bench) {
      const dying = await bench.open()
      const queue = await bench.open()
      const { opened, open } = gate()
      const options = { leaseMs: 300, maxDeliveries: 1 }
      const dead = await bench.worker(dying, options, () => opened)
      await queue.enqueue(bench.queue, 'deadly')
      await dead.reaches(1)
      await bench.crash(dying)
      const living = await bench.worker(queue, options)
      await bench.until(
        async () => (await queue.deadLetters(bench.queue, 'group')).length === 1,
        () => 'the dead letter',
      )
      assert.equal(living.jobs.length, 0)
      assert.equal(await queue.depth(bench.queue, 'group'), 0)
      open()
    },
  },
]
