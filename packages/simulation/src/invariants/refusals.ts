import type { Check } from './evidence.ts'

/** I12: a refusal left nothing behind, and at rest no work is left. */
export const checkRefusals: Check = function* ({ refusedButKnown, depths }) {
  for (const id of refusedButKnown) yield `I12: ${id} was refused and has a log`
  const waiting = Object.values(depths.dispatches).reduce((sum, count) => sum + count, 0)
  if (depths.requests + waiting + depths.running > 0)
    yield `I12: work is left at rest: ${JSON.stringify(depths)}`
  if (depths.usage > 0) yield `I10: ${String(depths.usage)} bills are left in the outbox`
}
