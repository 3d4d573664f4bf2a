import { type Evidence, recordsOf } from './evidence.ts'
import type { Generation } from './generation.ts'
import type { Report } from './violation.ts'

const marginMs = 5_000
/** Clocks of the ledger are the processes' own: beyond the margin by more than this. */
const clockMs = 1_000

/** What the gateway says when it took nothing in. */
const refusals = ['server_is_overloaded', 'rate_limit_exceeded', 'starting', 'shutting_down']
const terminalStates = ['completed', 'failed', 'cancelled', 'expired']

/** I1, I8, I9, I11, I12, I14: what was accepted came to its end in time and is still there; what was refused left nothing. */
export function checkEnds(
  evidence: Evidence,
  generations: ReadonlyMap<string, Generation>,
  report: Report,
): void {
  const [setup] = recordsOf(evidence, 'setup')
  for (const { id, bill } of generations.values()) {
    if (!bill) continue
    const took = bill.finished_at - bill.accepted_at
    if (setup && took > setup.deadline_ms + marginMs + clockMs)
      report('I9', id, `took ${String(took)} ms`)
    if (!terminalStates.includes(bill.state)) report('I1', id, `billed as '${bill.state}'`)
  }
  for (const { request_id: id, status, state } of recordsOf(evidence, 'described')) {
    if (status !== 200) report('I11', id, `asked for, it was ${String(status)}`, 'lost')
    else if (!terminalStates.includes(state ?? ''))
      report('I1', id, `still '${String(state)}' after its log had ended`)
    else if (generations.get(id)?.bill?.state !== state)
      report(
        'I1',
        id,
        `'${String(state)}' to its owner, '${generations.get(id)?.bill?.state ?? 'nothing'}' in the ledger`,
      )
  }
  for (const { request_id: id, probe, status, code } of recordsOf(evidence, 'refused')) {
    if (probe === 'own') {
      // A log in which nothing was published is answered with the error that it ended with.
      const isItsEnd = code !== null && code === generations.get(id)?.bill?.error_code
      if (!isItsEnd && (status !== 409 || code !== 'log_reset'))
        report('I11', id, `its owner got ${String(status)} ${String(code)}`, 'lost')
    } else if (probe === 'foreign') {
      if (status < 500 && status !== 404)
        report('I8', id, `another tenant got ${String(status)} ${String(code)}`, 'mix')
    } else {
      const wanted = probe === 'garbage' ? 400 : 409
      if (status < 500 && status !== wanted)
        report('I3', id, `a ${probe} cursor got ${String(status)} ${String(code)}`)
    }
  }
  for (const { request_id: id, status, code } of recordsOf(evidence, 'answered')) {
    if (id === null || status === null || status === 200 || !refusals.includes(code ?? '')) continue
    const left = generations.get(id)
    if (left)
      report(
        'I12',
        id,
        `refused with ${String(code)}, and ${left.bill ? 'billed' : 'the provider was called'}`,
      )
  }
  for (const { file, line } of evidence.uncaught) report('I14', file, line)
}
