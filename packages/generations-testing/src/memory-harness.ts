import type { Generations } from '@sluice/generations'
import { createMemoryGenerations, type MemoryGenerationsOptions } from '@sluice/generations/memory'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { contractTiming, type Harness, type HarnessOptions } from './contract-case.ts'

/** The memory adapter, or a faulty one, in time that only the cases move. */
export async function createMemoryHarness(
  options: HarnessOptions,
  open: (options: MemoryGenerationsOptions) => Generations = createMemoryGenerations,
): Promise<Harness> {
  const clock = createFakeClock()
  const timing = { ...contractTiming, ...options.timing }
  const generations = open({ clock, timing, renewLeases: options.renewLeases ?? true })
  return {
    generations,
    peer: generations,
    clock,
    timing,
    advance: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => generations[Symbol.asyncDispose](),
  }
}
