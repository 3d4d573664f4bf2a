import { describe, expect, test } from '@jest/globals'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { type Admission, Circuits } from './circuits.ts'

const policy = { enabled: true, threshold: 3, resetMs: 10_000 }
const start = (more: Partial<typeof policy> = {}) => {
  const clock = createFakeClock()
  const circuits = new Circuits({ ...policy, ...more }, clock)
  const call = (tenant: string, outcome: 'success' | 'failure' | 'unknown') => {
    const admission = circuits.admit(tenant)
    if (admission !== null) circuits.ended(tenant, admission, outcome)
    return admission
  }
  const fail = (tenant: string, times: number) => {
    for (let i = 0; i < times; i++) call(tenant, 'failure')
  }
  return { clock, circuits, call, fail }
}

describe('M-124: a circuit', () => {
  test('opens after so many failures in a row, for their tenant only', () => {
    const { circuits, fail } = start()
    fail('a', 2)
    expect(circuits.openMs('a')).toBe(0)
    fail('a', 1)
    expect(circuits.openMs('a')).toBe(10_000)
    expect(circuits.admit('a')).toBeNull()
    expect(circuits.admit('b')).toBe('call')
    expect(circuits.open).toBe(1)
  })

  test('counts from the last success', () => {
    const { circuits, call, fail } = start()
    fail('a', 2)
    call('a', 'success')
    fail('a', 2)
    expect(circuits.openMs('a')).toBe(0)
  })

  test('is not moved by calls that say nothing about the provider', () => {
    const { circuits, call, fail } = start()
    fail('a', 2)
    call('a', 'unknown')
    fail('a', 1)
    expect(circuits.openMs('a')).toBe(10_000)
  })

  test('lets one probe through after its reset time, and closes when that succeeds', async () => {
    const { clock, circuits, fail } = start()
    fail('a', 3)
    await clock.advance(10_000)
    expect(circuits.admit('a')).toBe('probe')
    expect(circuits.admit('a')).toBeNull()
    circuits.ended('a', 'probe', 'success')
    expect(circuits.admit('a')).toBe('call')
  })

  test('stays open for another reset time when the probe fails', async () => {
    const { clock, circuits, call } = start()
    for (let i = 0; i < 3; i++) call('a', 'failure')
    await clock.advance(10_000)
    expect(call('a', 'failure')).toBe('probe')
    expect(circuits.openMs('a')).toBe(10_000)
  })

  test('a probe that was broken off makes room for another one', async () => {
    const { clock, call, fail } = start()
    fail('a', 3)
    await clock.advance(10_000)
    const admissions: (Admission | null)[] = [call('a', 'unknown'), call('a', 'success')]
    expect(admissions).toEqual(['probe', 'probe'])
  })

  test('can be reset, and switched off', () => {
    const { circuits, fail } = start()
    fail('a', 3)
    circuits.reset()
    expect(circuits.admit('a')).toBe('call')
    const off = start({ enabled: false })
    off.fail('a', 100)
    expect(off.circuits.admit('a')).toBe('call')
  })
})
