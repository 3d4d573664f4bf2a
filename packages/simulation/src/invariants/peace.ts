import { type Check, ticksIn } from './evidence.ts'
import { named, storyOf } from './viewers.ts'

/** Where nothing goes wrong, everybody gets the whole answer: an invariant that holds because nothing works is worth nothing. */
export const checkPeace: Check = function* (evidence) {
  const { settings, exchanges } = evidence
  const { calm, faults, upstream, timing } = settings
  const limitsAreTiny = Math.min(upstream.connectMs, upstream.firstByteMs, upstream.idleMs) < 1_000
  if (!calm || faults.providerTrouble > 0 || limitsAreTiny || timing.maxWaiting < 100) return
  for (const exchange of exchanges) {
    const { ask, end, status } = exchange
    const readsSlowly = (ask.readPauseMs ?? 0) > 0 || ask.readBytes < 1_000
    const isTooSlow = readsSlowly && settings.stallTimeoutMs < 1_000
    if (end === 'left' || ask.path !== '/v1/chat/completions' || ask.readPauseMs === null) continue
    const story = storyOf(exchange, evidence)
    const [call] = story?.calls ?? []
    const { answer } = call ?? { answer: null }
    const tookMs = answer?.chunks.reduce((sum, { afterMs }) => sum + afterMs, answer.delayMs) ?? 0
    const isLate = tookMs + 1_000 > settings.deadlineMs
    // Expired: it waited too long for its turn, which `checkLogs` judges.
    const wasEnded = ['cancelled', 'expired'].includes(story?.summary?.state ?? '')
    if (isLate || isTooSlow || wasEnded || status === 422) continue
    if (status !== 200 || end !== 'whole')
      yield `R8: ${named(exchange)} got ${String(status)} (${end}) though nothing went wrong`
    else if (answer && ticksIn(exchange.body).length !== answer.ticks.length)
      yield `R8: ${named(exchange)} got a part of its answer though nothing went wrong`
  }
}
