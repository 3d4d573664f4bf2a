import { type Check } from './evidence.ts'
import { named, storyOf } from './viewers.ts'

/** The provider's connection is closed so soon after the only client left for good. */
const closeMs = 2_000

/** M-005, where nothing else went wrong: whoever leaves for good stops the provider; whoever asked for it to go on does not. */
export const checkDisconnects: Check = function* (evidence) {
  const { exchanges, settings } = evidence
  if (!settings.calm) return
  for (const exchange of exchanges) {
    const { ask, end, endedAt } = exchange
    if (end !== 'left' || ask.path !== '/v1/chat/completions') continue
    const story = storyOf(exchange, evidence)
    const { headers } = ask
    const wish = headers['x-gateway-on-disconnect'] ?? 'cancel'
    const comesBack = headers['idempotency-key'] ?? headers['x-stainless-retry-count']
    if (story === null || comesBack !== undefined) continue
    for (const call of story.calls) {
      // Beta charges for the rest anyhow: it is read to its end, for the exact count.
      if (call.host.startsWith('beta')) continue
      const overAt = call.endedAt ?? call.closedAt ?? Infinity
      if (wish === 'cancel' && overAt > endedAt + closeMs)
        yield `M-005: ${named(exchange)} left at ${endedAt.toFixed(0)}, its provider call went on until ${overAt.toFixed(0)}`
    }
    const wasAskedToEnd = exchanges.some((each) => each.ask.path.endsWith(`${story.id}/cancel`))
    if (wish === 'continue' && story.summary?.state === 'cancelled' && !wasAskedToEnd)
      yield `M-005: ${named(exchange)} was to go on without its client and was cancelled`
  }
}
