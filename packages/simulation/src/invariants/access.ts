import { callOf, type Check, ticksIn } from './evidence.ts'
import { named, storyOf } from './viewers.ts'

/** I8, FM11: nothing of one tenant reaches another, by any route; and nobody's good key is called a bad one. */
export const checkAccess: Check = function* (evidence) {
  const { exchanges, stories, world } = evidence
  for (const exchange of exchanges) {
    for (const tick of new Set(ticksIn(exchange.body))) {
      const call = world.providers.served[callOf(tick) - 1]
      const owner = stories.get(call?.requestId ?? '')?.tenant
      if (owner === exchange.tenant) continue
      yield `I8: ${named(exchange)} of ${exchange.tenant} got ${tick} of ${owner ?? 'nobody'}`
      break
    }
    if (exchange.status === 401) yield `FM11: ${named(exchange)} got 401 for a key that is good`
    const story = storyOf(exchange, evidence)
    if (story === null || story.tenant === exchange.tenant) continue
    // 503: authentication or the log could not be asked just then.
    const { status } = exchange
    if (status !== 404 && status !== 0 && status !== 503)
      yield `I8: ${named(exchange)} of ${exchange.tenant} got ${String(status)} for a generation of ${story.tenant}`
  }
}
