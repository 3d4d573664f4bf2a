import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { TransientMap } from './transient-map.ts'
import { TransientSet } from './transient-set.ts'

const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9 })))

test('a transient map answers as a Map does', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const expected = new Map<string, number>()
      const map = new TransientMap<string, number>()
      script.forEach(([add, name], turn) => {
        const key = name === 0 ? '__proto__' : `k${String(name)}`
        if (add) {
          map.set(key, turn)
          expected.set(key, turn)
        } else expect(map.delete(key)).toBe(expected.delete(key))
        expect(map.get(key)).toBe(expected.get(key))
        expect(map.has(key)).toBe(expected.has(key))
        expect(map.size).toBe(expected.size)
      })
      expect(new Set(map.values())).toEqual(new Set(expected.values()))
    }),
  )
})

test('a transient set answers as a Set does', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const items = Array.from({ length: 10 }, (_, name) => ({ name, place: -1 }))
      const expected = new Set<(typeof items)[number]>()
      const set = new TransientSet<(typeof items)[number]>()
      for (const [add, name] of script) {
        const item = items[name] as (typeof items)[number]
        if (add) {
          set.add(item)
          expected.add(item)
        } else expect(set.delete(item)).toBe(expected.delete(item))
        expect(set.size).toBe(expected.size)
      }
      expect(new Set(set.values())).toEqual(expected)
    }),
  )
})
