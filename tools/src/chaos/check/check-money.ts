import { type Evidence, recordsOf } from './evidence.ts'
import type { Generation } from './generation.ts'
import type { Report } from './violation.ts'

/** I5, I6, I10: one bill per generation, by its tokens; one cost row per call the provider saw; one event per bill. */
export function checkMoney(
  evidence: Evidence,
  generations: ReadonlyMap<string, Generation>,
  report: Report,
): void {
  checkBills(evidence, generations, report)
  checkDoubleBills(evidence, generations, report)
  checkProviderLedger(evidence, generations, report)
  checkEvents(evidence, report)
}

function checkBills(
  evidence: Evidence,
  generations: ReadonlyMap<string, Generation>,
  report: Report,
): void {
  const [setup] = recordsOf(evidence, 'setup')
  for (const { id, accepted, bill, providerCalls } of generations.values()) {
    if (bill === null) {
      if (accepted)
        report(
          'I5',
          id,
          `no bill; the provider was called ${String(providerCalls.length)} times`,
          'missing bill',
        )
      continue
    }
    const amount =
      setup && setup.price.input * bill.input_tokens + setup.price.output * bill.output_tokens
    if (amount !== undefined && amount !== bill.amount_nano_usd)
      report(
        'I5',
        id,
        `${String(bill.amount_nano_usd)} nano-USD for tokens worth ${String(amount)}`,
      )
    const whole = providerCalls.filter(({ outcome }) => outcome === 'completed')
    if (
      bill.state === 'completed' &&
      !bill.estimated &&
      !whole.some(({ tokens }) => tokens === bill.output_tokens)
    )
      report(
        'I5',
        id,
        `billed ${String(bill.output_tokens)} output tokens; the provider says ${whole.map(({ tokens }) => tokens).join(', ') || 'nothing was completed'}`,
      )
  }
}

/** I5: a caller that says that it repeats a call pays for one answer. */
function checkDoubleBills(
  evidence: Evidence,
  generations: ReadonlyMap<string, Generation>,
  report: Report,
): void {
  const asked = Map.groupBy(recordsOf(evidence, 'asked'), ({ call }) => call)
  const billed = Map.groupBy(
    [...generations.values()].filter(({ bill }) => (bill?.amount_nano_usd ?? 0) > 0),
    (generation) => callOf(generation) ?? '',
  )
  for (const [call, paid] of billed) {
    const [first] = asked.get(call) ?? []
    const answers = paid.filter(({ bill }) => bill?.state === 'completed')
    if (!first || paid.length < 2) continue
    if (first.attach === 'idempotency')
      report(
        'I5',
        call,
        `billed ${String(paid.length)} times under one key: ${ids(paid)}`,
        'double bill',
      )
    else if (first.attach === 'retry' && answers.length > 1)
      report(
        'I5',
        call,
        `${String(answers.length)} whole answers billed for one call and its retries: ${ids(answers)}`,
        'double bill',
      )
  }
}

function ids(generations: readonly Generation[]): string {
  return generations.map(({ id }) => id).join(', ')
}

/** A client that never got a head does not know the id; the words that the provider sent do. */
export function callOf({ call, providerCalls }: Generation): string | null {
  if (call !== null) return call
  const [word] = providerCalls.find(({ text }) => text !== '')?.text.split(' ') ?? []
  return word?.slice(0, word.lastIndexOf('.')) ?? null
}

function checkProviderLedger(
  evidence: Evidence,
  generations: ReadonlyMap<string, Generation>,
  report: Report,
): void {
  const { providerLedger } = evidence
  if (providerLedger === null) return
  // On a connection that fails, a call may have been sent and never have arrived.
  const sendsGetLost = recordsOf(evidence, 'fault').some(
    ({ what, target }) => what === 'toxic' && target.endsWith(' demo-provider'),
  )
  const rows = Map.groupBy(providerLedger, ({ request_id }) => request_id)
  for (const { id, providerCalls } of generations.values()) {
    const of = rows.get(id) ?? []
    const unsure = sendsGetLost ? ['unconfirmed', 'failed', 'cancelled'] : ['unconfirmed']
    const sure = of.filter(({ state }) => !unsure.includes(state))
    const told = `${String(of.length)} rows (${of.map(({ state }) => state).join(', ')}) for ${String(providerCalls.length)} calls (${providerCalls.map(({ outcome }) => outcome).join(', ')})`
    if (of.length < providerCalls.length || sure.length > providerCalls.length)
      report('I6', id, told)
    const attempts = new Set(of.map(({ attempt }) => attempt))
    if (attempts.size < of.length) report('I6', id, `an attempt is there twice: ${told}`)
    for (const row of of)
      if (
        row.state === 'completed' &&
        !providerCalls.some(
          ({ outcome, tokens }) => outcome === 'completed' && tokens === row.output_tokens,
        )
      )
        report(
          'I6',
          id,
          `attempt ${String(row.attempt)} has ${String(row.output_tokens)} tokens: ${told}`,
        )
  }
}

function checkEvents({ customerLedger, usageEvents }: Evidence, report: Report): void {
  const bills = new Map(customerLedger.map((row) => [row.request_id, row]))
  const seen = new Set<string>()
  for (const { event_id, value } of usageEvents) {
    const bill = bills.get(value.request_id)
    seen.add(value.request_id)
    if (event_id !== value.request_id)
      report('I10', value.request_id, `event id ${String(event_id)}`)
    if (!bill) report('I10', value.request_id, 'an event without a ledger row')
    else if (bill.amount_nano_usd !== value.amount_nano_usd || bill.state !== value.state)
      report(
        'I10',
        value.request_id,
        `event: ${value.state} ${String(value.amount_nano_usd)}, ledger: ${bill.state} ${String(bill.amount_nano_usd)}`,
      )
  }
  for (const id of bills.keys())
    if (!seen.has(id)) report('I10', id, 'a ledger row without an event')
}
