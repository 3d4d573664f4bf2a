import { type Evidence, recordsOf } from './evidence.ts'
import type { Report } from './violation.ts'

/** R8, FM32: while processes are only stopped in good order, or Kafka alone is away, no call fails after its client's own repetitions, and no answer is cut. */
export function checkRolling(evidence: Evidence, report: Report): void {
  const faults = recordsOf(evidence, 'fault')
  const mayCost = faults.some(({ what, target }) => what !== 'stop' && !/\bkafka$/.test(target))
  if (faults.length === 0 || mayCost) return
  const lastAnswer = new Map(recordsOf(evidence, 'answered').map((answer) => [answer.call, answer]))
  for (const { call, kind, outcome } of recordsOf(evidence, 'ended')) {
    if (outcome !== 'failed' && outcome !== 'cut') continue
    const answer = lastAnswer.get(call)
    report(
      'R8',
      call,
      `${kind} ${outcome}: ${String(answer?.status ?? 'no answer')} ${String(answer?.code)}`,
      'lost',
    )
  }
  for (const { request_id, via, events, end } of recordsOf(evidence, 'viewed'))
    if (end === 'broken')
      report(
        'R8',
        request_id,
        `cut after ${String(events.at(-1)?.[0] ?? 'nothing')} (${via})`,
        'lost',
      )
}

/** FM32: what waited for Kafka is there soon after it. */
export function checkDrained(evidence: Evidence, report: Report): void {
  for (const { waiting, took_ms } of recordsOf(evidence, 'drained'))
    if (took_ms === null) report('I10', 'outbox', `${String(waiting)} events were not drained`)
}

/** FM49: another configuration, good or bad, costs no call anything. */
export function checkConfigurationChanges(evidence: Evidence, report: Report): void {
  const faults = recordsOf(evidence, 'fault').filter(({ target }) => target === 'configuration')
  for (const { t, what } of faults) {
    if (what !== 'toxic') continue
    const end = faults.find((fault) => fault.what === 'heal' && fault.t > t)?.t ?? t
    for (const answer of recordsOf(evidence, 'answered'))
      if (answer.t > t && answer.t < end && answer.status !== 200)
        report(
          'R8',
          answer.call,
          `while the configuration changed: ${String(answer.status)} ${String(answer.code)}`,
          'lost',
        )
  }
}
