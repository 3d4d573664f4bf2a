import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Fifo } from './fifo.ts'

test('behaves like an array that is pushed to at the end and shifted from the front', () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 3_000 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 3_000 }) }),
    fc.record({ restore: fc.integer({ min: 1, max: 5 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const fifo = new Fifo<number>()
      const model: number[] = []
      let next = 0
      for (const wanted of steps) {
        if ('push' in wanted)
          for (let i = 0; i < wanted.push; i += 1) {
            fifo.push(next)
            model.push(next)
            next += 1
          }
        else if ('take' in wanted)
          expect(fifo.take(wanted.take)).toEqual(model.splice(0, wanted.take))
        else {
          const items = Array.from({ length: wanted.restore }, (_, i) => -i)
          fifo.restore(items)
          model.unshift(...items)
        }
        expect(fifo.length).toBe(model.length)
        expect(fifo.peek()).toBe(model[0])
      }
    }),
    { numRuns: 50 },
  )
})
