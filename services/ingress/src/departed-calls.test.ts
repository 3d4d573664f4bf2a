import { expect, test } from '@jest/globals'
import type { RequestId } from '@sluice/contracts/ids'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { newRequestId } from '@sluice/kernel/ids'
import { createLogger } from '@sluice/kernel/logger'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { overlay } from '../test/support/planted-generations.ts'
import { DepartedCalls } from './departed-calls.ts'

function start() {
  const clock = createFakeClock()
  const cancelled: RequestId[] = []
  const generations = overlay(createMemoryGenerations({ clock }), {
    cancel(id) {
      cancelled.push(id)
      return Promise.resolve('requested')
    },
  })
  const logger = createLogger({ service: 'ingress', level: 'silent' })
  return {
    clock,
    cancelled,
    departed: new DepartedCalls({ generations, clock, logger, graceMs: 30_000 }),
  }
}

test('M-005: a grace ends after its time, not before', async () => {
  const { clock, cancelled, departed } = start()
  const id = newRequestId(0)
  await departed.add(id, 'grace')
  await clock.advance(29_999)
  expect(cancelled).toEqual([])
  await clock.advance(1)
  expect(cancelled).toEqual([id])
})

test('M-005: continue is never cancelled', async () => {
  const { clock, cancelled, departed } = start()
  await departed.add(newRequestId(0), 'continue')
  await clock.advance(1_000_000)
  expect(cancelled).toEqual([])
})

test('only so many wait: beyond it, the one that waited longest is given up', async () => {
  const { cancelled, departed } = start()
  const ids = Array.from({ length: 10_001 }, () => newRequestId(0))
  for (const id of ids) await departed.add(id, 'grace')
  expect(cancelled).toEqual(ids.slice(0, 1))
})

test('at shutdown those in grace go on: their client may come back to another process', async () => {
  const { clock, cancelled, departed } = start()
  await departed.add(newRequestId(0), 'grace')
  departed[Symbol.dispose]()
  await clock.advance(60_000)
  expect(cancelled).toEqual([])
})
