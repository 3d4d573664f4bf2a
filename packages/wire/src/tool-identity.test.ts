import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  createCallIds,
  createToolCallIds,
  createToolNames,
  toolCallIdShapes,
} from './tool-identity.ts'

describe('T11 ids of calls', () => {
  test.each(Object.entries(toolCallIdShapes))('any ids fit %s, one to one', (_, shape) => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 80 })), (originals) => {
        const ids = createToolCallIds(shape)
        const made = originals.map((original) => ids.of(original))
        expect(new Set(made).size).toBe(originals.length)
        for (const id of made) expect(id).toMatch(shape.allowed)
        expect(originals.map((original) => ids.of(original))).toEqual(made)
      }),
    )
  })

  test('one that fits stays, and another that would be made the same gets a further one', () => {
    const ids = createToolCallIds(toolCallIdShapes.anthropic)
    const made = ids.of('not allowed!')
    expect(ids.of('toolu_1')).toBe('toolu_1')
    const again = createToolCallIds(toolCallIdShapes.anthropic)
    again.of(made)
    expect(again.of('not allowed!')).not.toBe(made)
  })

  test('a provider that gives none, or one twice: its own on every reading', () => {
    const read = () => {
      const ids = createCallIds('r1')
      return [ids.next(null), ids.next('a'), ids.next('a'), ids.next(null)]
    }
    const ids = read()
    expect(ids[1]).toBe('a')
    expect(new Set(ids).size).toBe(4)
    expect(read()).toEqual(ids)
  })
})

describe('T12 names of tools', () => {
  test('any names fit, one to one, and can be told back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 90 })), (originals) => {
        const names = createToolNames()
        const sent = originals.map((original) => names.of(original))
        expect(new Set(sent).size).toBe(originals.length)
        for (const name of sent) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
        const back = sent.map((name) => names.restored?.get(name) ?? name)
        expect(back).toEqual(originals)
      }),
    )
  })
})
