import { expect, test } from '@jest/globals'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { Recent } from './recent.ts'
import { keptMs, maxKeptBytes } from './redis-generations-options.ts'

test('keeps an item for its time at least, and not for ever once others follow', async () => {
  const clock = createFakeClock()
  const recent = new Recent<number>(clock)
  recent.add(1, 10)
  await clock.advance(keptMs - 1)
  recent.add(2, 10)
  expect(recent.items()).toEqual([1, 2])
  await clock.advance(keptMs)
  recent.add(3, 10)
  expect(recent.items()).toContain(2)
  await clock.advance(keptMs)
  recent.add(4, 10)
  expect(recent.items()).toEqual([3, 4])
})

test('never keeps more than its bytes, but always the last item', () => {
  const recent = new Recent<number>(createFakeClock())
  const bytes = maxKeptBytes / 10
  for (let i = 0; i < 1_000; i += 1) {
    recent.add(i, bytes)
    expect(recent.items().length * bytes).toBeLessThanOrEqual(maxKeptBytes)
    expect(recent.items().at(-1)).toBe(i)
  }
})
