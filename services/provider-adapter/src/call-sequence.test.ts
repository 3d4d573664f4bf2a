import { describe, expect, test } from '@jest/globals'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Claim } from '@sluice/generations'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { CallSequence } from './call-sequence.ts'

const retry = { maxAttempts: 3, initialDelayMs: 200, maxDelayMs: 5_000 }
const error = (code: string, more: Partial<GenerationError> = {}): GenerationError => ({
  code,
  status: 502,
  message: code,
  retryable: true,
  ...more,
})
const outage = error('upstream_error')
const refusal = error('invalid_request', { status: 400, retryable: false })

function start(targets: readonly string[]) {
  const clock = createFakeClock()
  const claim = {
    id: '01900000-0000-7000-8000-000000000001',
    attempt: 1,
    plan: { targets: targets.map((model) => ({ model })) },
  } as unknown as Claim
  const sequence = new CallSequence(claim, retry, clock)
  const called: string[] = []
  const ready = () => {
    called.push(`${sequence.target.model} ${String(sequence.attempt)}`)
  }
  /** What follows an outage. */
  const fail = (keys = 0) => {
    const delayMs = sequence.repetitionMs(outage, 503, Infinity)
    const next = sequence.next(outage, delayMs, keys)
    if (next) sequence.moveOn(next, ready)
    return next
  }
  return { clock, sequence, called, fail, ready }
}

describe('after a call that failed', () => {
  test('M-123: the last target is called again after longer and longer pauses, up to the limit', async () => {
    const { clock, called, fail, sequence } = start(['a'])
    const first = fail()
    expect(first).toMatchObject({ kind: 'again' })
    expect(called).toEqual([])
    await clock.advance(250)
    expect(called).toEqual(['a 2'])
    const second = fail()
    expect(
      second?.kind === 'again' && first?.kind === 'again' && second.afterMs > first.afterMs,
    ).toBe(true)
    await clock.advance(500)
    expect(called).toEqual(['a 2', 'a 3'])
    expect(fail()).toBeNull()
    expect(sequence.attempt).toBe(3)
  })

  test('a further target comes at once, and before any repetition', () => {
    const { called, fail } = start(['a', 'b', 'c'])
    expect([fail(), fail()]).toEqual([{ kind: 'target' }, { kind: 'target' }])
    expect(called).toEqual(['b 2', 'c 3'])
    expect(fail()).toMatchObject({ kind: 'again' })
  })

  test('M-122: other keys of a pool come first, each once', () => {
    const { called, fail } = start(['a', 'b'])
    expect([fail(3), fail(3), fail(3)]).toEqual([
      { kind: 'again', afterMs: 0 },
      { kind: 'again', afterMs: 0 },
      { kind: 'target' },
    ])
    expect(called).toEqual(['a 2', 'a 3', 'b 4'])
  })

  test('what is wrong with the call itself is not tried elsewhere', () => {
    const { sequence } = start(['a', 'b'])
    expect(sequence.repetitionMs(refusal, 400, Infinity)).toBeNull()
    expect(sequence.next(refusal, null, 0)).toBeNull()
  })

  test('no pause goes beyond the deadline', () => {
    const { clock, sequence } = start(['a'])
    expect(sequence.repetitionMs(outage, 503, clock.monotonic() + 100)).toBeNull()
    expect(sequence.repetitionMs(outage, 503, clock.monotonic() + 1_000)).not.toBeNull()
  })

  test('a pause that is stopped leads to no call', async () => {
    const { clock, called, fail, sequence } = start(['a'])
    fail()
    sequence.stop()
    await clock.advance(10_000)
    expect(called).toEqual([])
    expect(sequence.attempt).toBe(1)
  })
})
