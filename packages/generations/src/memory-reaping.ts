import type { End, GenerationsTiming } from './generations.ts'
import type { MemoryGeneration } from './memory-generation.ts'
import { publishedOf } from './published.ts'
import { verdict, type VerdictCode } from './verdict.ts'

/**
 * What a sweep has to do with a generation that has not ended: pronounce its verdict, deliver it again because nobody holds it any more, or
 * nothing (null). The first that applies:
 *
 *   deadline passed                   expired; while its holder lives, only after two more heartbeats
 *   held, or waits undelivered        nothing
 *   asked to end                      cancelled
 *   something was published           lost: a second call could not go on where the first one broke off
 *   delivered in vain too often       poison
 *   otherwise                         again
 */
export function fateOf(
  generation: MemoryGeneration,
  now: number,
  { leaseMs, heartbeatMs, maxDeliveries }: GenerationsTiming,
): VerdictCode | 'again' | null {
  const running = generation.state === 'running'
  const abandonedAt = running
    ? generation.leaseUntil
    : (generation.deliveredAt ?? Infinity) + leaseMs
  const abandoned = abandonedAt <= now
  // A holder that lives gets two heartbeats to end it by itself, with the counts that only it knows.
  const grace = running && !abandoned ? 2 * heartbeatMs : 0
  if (now >= generation.deadlineAt + grace) return 'generation_expired'
  if (!abandoned) return null
  if (generation.cancelReason !== null) return 'generation_cancelled'
  if (generation.entries.length > 0) return 'upstream_lost'
  return generation.lapses + 1 >= maxDeliveries ? 'poison_request' : 'again'
}

/** The end that a verdict of the back end's own puts to a generation. */
export function verdictOn(generation: MemoryGeneration, code: VerdictCode, now: number): End {
  const facts = {
    request: generation.request,
    plan: generation.plan,
    bodyBytes: generation.body?.length ?? 0,
    calls: generation.calls,
    published: publishedOf(generation.entries),
    firstPartAt: generation.firstPartAt,
    now,
  }
  return verdict(code, facts, generation.cancelReason ?? undefined)
}
