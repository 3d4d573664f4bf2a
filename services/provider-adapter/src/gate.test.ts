import { describe, expect, test } from '@jest/globals'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { Gate, type GateLimits } from './gate.ts'

function start(limits: Partial<GateLimits> = {}) {
  const clock = createFakeClock()
  const gate = new Gate({ max: 2, queueMax: 0, queueTimeoutMs: 2_000, ...limits }, clock)
  const told: string[] = []
  const waiter = (name: string) => ({
    admitted: () => told.push(`${name} in`),
    timedOut: () => told.push(`${name} out`),
  })
  const enter = (name: string) => gate.enter(waiter(name))
  return { clock, gate, told, enter, waiter }
}

describe('a gate', () => {
  test('M-126: is full at its limit, and has a place again when one leaves', () => {
    const { gate, enter } = start()
    expect([enter('a'), enter('b'), enter('c')]).toEqual(['inside', 'inside', 'full'])
    gate.leave()
    expect(enter('d')).toBe('inside')
  })

  test('M-127: lets so many wait, first come, first served', () => {
    const { gate, told, enter } = start({ max: 1, queueMax: 2 })
    expect(['a', 'b', 'c', 'd'].map(enter)).toEqual(['inside', 'waiting', 'waiting', 'full'])
    gate.leave()
    gate.leave()
    expect(told).toEqual(['b in', 'c in'])
    expect(gate.inside).toBe(1)
    gate.leave()
    expect(gate.inside).toBe(0)
  })

  test('M-127: not longer than they may', async () => {
    const { clock, gate, told, enter } = start({ max: 1, queueMax: 1 })
    enter('a')
    enter('b')
    await clock.advance(2_000)
    expect(told).toEqual(['b out'])
    gate.leave()
    expect(told).toEqual(['b out'])
    expect(gate.inside).toBe(0)
  })

  test('who does not want to wait any more is told nothing', () => {
    const { gate, told, enter, waiter } = start({ max: 1, queueMax: 2 })
    enter('a')
    const gone = waiter('b')
    gate.enter(gone)
    enter('c')
    expect(gate.giveUp(gone)).toBe(true)
    expect(gate.giveUp(gone)).toBe(false)
    gate.leave()
    expect(told).toEqual(['c in'])
  })

  test('without a limit everybody is inside; a lower limit holds once enough have left', () => {
    const { gate, told, enter } = start({ max: null, queueMax: 1 })
    for (const name of ['a', 'b', 'c']) expect(enter(name)).toBe('inside')
    gate.limits = { max: 1, queueMax: 1, queueTimeoutMs: 2_000 }
    expect(enter('d')).toBe('waiting')
    gate.leave()
    gate.leave()
    expect(told).toEqual([])
    gate.leave()
    expect(told).toEqual(['d in'])
  })
})
