import type { Generations } from '@sluice/generations'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { contractTiming, type Harness, type HarnessOptions } from './contract-case.ts'

/** The memory adapter in time that only the cases move. `wrap` may plant a fault. */
export async function createMemoryHarness(
  options: HarnessOptions,
  wrap: (generations: Generations) => Generations = (generations) => generations,
): Promise<Harness> {
  const clock = createFakeClock()
  const timing = { ...contractTiming, ...options.timing }
  const renewLeases = options.renewLeases ?? true
  const generations = wrap(createMemoryGenerations({ clock, timing, renewLeases }))
  return {
    generations,
    peer: generations,
    clock,
    timing,
    advance: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => generations[Symbol.asyncDispose](),
  }
}
