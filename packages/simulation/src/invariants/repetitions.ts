import type { Exchange } from '../clients/exchange.ts'
import { type Check, type Evidence, type Story, ticksIn } from './evidence.ts'
import { named } from './viewers.ts'

/** I5, for calls that are made more than once: one generation answers them, and one bill. */
export const checkRepetitions: Check = function* (evidence) {
  yield* idempotencyKeys(evidence)
  yield* sdkRetries(evidence)
}

function* idempotencyKeys(evidence: Evidence): Iterable<string> {
  const groups = Map.groupBy(
    evidence.exchanges.filter(({ ask }) => ask.headers['idempotency-key'] !== undefined),
    ({ tenant, ask }) => `${tenant} ${ask.headers['idempotency-key'] ?? ''}`,
  )
  for (const [key, group] of groups) {
    const stories = [...evidence.stories.values()].filter(({ accepted, tenant }) => {
      const { attach } = accepted.admission
      return group.some(
        (each) =>
          each.tenant === tenant &&
          attach?.kind === 'idempotency' &&
          markerOf(accepted.admission.body) === each.marker,
      )
    })
    const billed = stories.filter(isPaid)
    if (billed.length > 1)
      yield `I5: ${key} was answered by ${billed.map(({ id }) => id).join(' and ')}`
    const answers = new Set(
      group
        .filter(
          ({ status, end, body }) => status === 200 && end === 'whole' && !isBareFailure(body),
        )
        .map((each) => ticksIn(each.body).join('')),
    )
    if (answers.size > 1) yield `I5: ${key} got ${String(answers.size)} different answers`
    yield* otherBodies(group)
  }
}

/** One key, one body: that of the call which came through first, not which was made first. */
function* otherBodies(group: readonly Exchange[]): Iterable<string> {
  const answered = group.filter(({ status }) => status === 200)
  const bodies = new Set(answered.map(({ ask }) => ask.body))
  if (bodies.size > 1)
    yield `I5: the key of ${group.map(named).join(' and ')} was answered for ${String(bodies.size)} bodies`
  for (const exchange of group) {
    if (exchange.status !== 422) continue
    if (bodies.has(exchange.ask.body))
      yield `I5: ${named(exchange)} was refused as another body, which it is not`
    if (exchange.headers['x-should-retry'] !== 'false')
      yield `I5: ${named(exchange)} is refused without x-should-retry: false`
  }
}

function* sdkRetries({ exchanges, stories, witness }: Evidence): Iterable<string> {
  const markers = new Set(
    exchanges
      .filter(({ ask }) => ask.headers['x-stainless-retry-count'] !== undefined)
      .map(({ marker }) => marker),
  )
  for (const marker of markers) {
    const paid = [...stories.values()].filter(
      (story) =>
        story.summary?.state === 'completed' && markerOf(story.accepted.admission.body) === marker,
    )
    // A client that got the whole answer and asks again means it.
    const undelivered = paid.filter(({ id }) => !witness.delivered.has(id))
    if (paid.length > 1 && undelivered.length > 1)
      yield `I5: the retries of ${marker ?? ''} were answered twice: ${undelivered.map(({ id }) => id).join(' and ')}`
  }
}

/** A stream that was opened by a comment and then had only a failure to tell: the key may begin anew. */
function isBareFailure(body: string): boolean {
  return ticksIn(body).length === 0 && body.includes('data: {"error"')
}

function isPaid({ summary, entries }: Story): boolean {
  return summary?.state === 'completed' || entries.some(({ data }) => data.length > 0)
}

function markerOf(body: Buffer): string | null {
  return /"content":"([^"]*)"/.exec(body.toString())?.[1] ?? null
}
