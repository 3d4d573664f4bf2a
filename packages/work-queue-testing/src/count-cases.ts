import assert from 'node:assert/strict'
import { pause, type WorkQueueCase } from './work-queue-case.ts'

/** Counts that all processes share. */
export const countCases: readonly WorkQueueCase[] = [
  {
    title: 'gives each number once, however many count at once',
    async run(bench) {
      const queue = await bench.open()
      const calls = Array.from({ length: 60 }, () => queue.count(bench.channel, 60_000))
      const counted = await Promise.all(calls)
      const numbers = counted.map(({ count }) => count).toSorted((a, b) => a - b)
      const expected = Array.from({ length: 60 }, (_, i) => i + 1)
      assert.deepEqual(numbers, expected)
    },
  },
  {
    title: 'shares a count between processes',
    async run(bench) {
      const [one, other] = [await bench.open(), await bench.open()]
      await one.count(bench.channel, 60_000, 2)
      assert.equal((await other.count(bench.channel, 60_000)).count, 3)
    },
  },
  {
    title: 'begins anew when the window of the first count has ended',
    async run(bench) {
      const queue = await bench.open()
      const name = bench.channel
      assert.equal((await queue.count(name, 300)).count, 1)
      await pause(150)
      const second = await queue.count(name, 300)
      assert.equal(second.count, 2)
      assert.ok(second.endsInMs > 0 && second.endsInMs <= 200, String(second.endsInMs))
      await pause(second.endsInMs + 20)
      assert.equal((await queue.count(name, 300)).count, 1)
    },
  },
  {
    title: 'looks at a count without counting',
    async run(bench) {
      const queue = await bench.open()
      const name = bench.channel
      assert.deepEqual(await queue.count(name, 60_000, 0), { count: 0, endsInMs: 60_000 })
      await queue.count(name, 60_000, 5)
      assert.equal((await queue.count(name, 60_000, 0)).count, 5)
      assert.equal((await queue.count(name, 60_000)).count, 6)
      assert.equal((await queue.count(`${name}-other`, 60_000)).count, 1)
    },
  },
]
