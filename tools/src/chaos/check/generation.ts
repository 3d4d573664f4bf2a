import type { RecordOf } from '../history.ts'
import { type CustomerRow, type Evidence, type ProviderCall, recordsOf } from './evidence.ts'

export type View = RecordOf<'viewed'>

/** What all sides know about one generation. */
export interface Generation {
  readonly id: string
  /** The caller's own name for it; null when no client ever learnt the id. */
  readonly call: string | null
  /** Words that were asked for. */
  readonly words: number | null
  readonly views: readonly View[]
  readonly providerCalls: readonly ProviderCall[]
  readonly bill: CustomerRow | null
  /** A client got 200 for it, or the provider was called. */
  readonly accepted: boolean
}

export function generationsOf(evidence: Evidence): Map<string, Generation> {
  const asked = new Map(recordsOf(evidence, 'asked').map((record) => [record.call, record]))
  const bills = new Map(evidence.customerLedger.map((row) => [row.request_id, row]))
  const views = Map.groupBy(recordsOf(evidence, 'viewed'), (view) => view.request_id)
  const calls = Map.groupBy(
    evidence.providerCalls.filter((call) => call.request_id !== null),
    (call) => call.request_id ?? '',
  )
  const answered = new Map<string, string>()
  for (const { status, request_id, call } of recordsOf(evidence, 'answered'))
    if (status === 200 && request_id !== null) answered.set(request_id, call)

  const generations = new Map<string, Generation>()
  for (const id of new Set([
    ...answered.keys(),
    ...views.keys(),
    ...calls.keys(),
    ...bills.keys(),
  ])) {
    const providerCalls = calls.get(id) ?? []
    const call = answered.get(id) ?? views.get(id)?.[0]?.call ?? null
    generations.set(id, {
      id,
      call,
      words: call === null ? null : (asked.get(call)?.words ?? null),
      views: views.get(id) ?? [],
      providerCalls,
      bill: bills.get(id) ?? null,
      accepted: answered.has(id) || providerCalls.length > 0,
    })
  }
  return generations
}

/** The ways a stream's end and a bill speak of the same. */
export function stateOf(terminal: string): string {
  if (terminal === 'completed') return 'completed'
  if (terminal === 'generation_cancelled') return 'cancelled'
  return terminal === 'generation_expired' ? 'expired' : 'failed'
}
