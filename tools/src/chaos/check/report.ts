import { type Evidence, recordsOf } from './evidence.ts'
import { recoveries, resumeTimes, verdicts } from './recovery.ts'
import type { Distribution } from './statistics.ts'
import type { Harm, Violation } from './violation.ts'

/** How many violations of one invariant are printed with their evidence. */
const shown = 10

export function formatReport(evidence: Evidence, violations: readonly Violation[]): string {
  return [...violationLines(violations), '', ...figures(evidence, violations)].join('\n')
}

function violationLines(violations: readonly Violation[]): string[] {
  const byInvariant = Map.groupBy(violations, ({ invariant }) => invariant)
  return [...byInvariant].flatMap(([invariant, all]) => [
    ...all.slice(0, shown).map(({ id, evidence }) => `${invariant} VIOLATED ${id}: ${evidence}`),
    ...(all.length > shown ? [`${invariant} … and ${String(all.length - shown)} more`] : []),
  ])
}

function figures(evidence: Evidence, violations: readonly Violation[]): string[] {
  const asked = recordsOf(evidence, 'asked')
  const views = recordsOf(evidence, 'viewed')
  const faults = recordsOf(evidence, 'fault')
  const ended = recordsOf(evidence, 'ended')
  const pulses = recordsOf(evidence, 'pulse')
  const count = (what: string) => faults.filter((fault) => fault.what === what).length
  const harm = (kind: Harm) => violations.filter((violation) => violation.harm === kind).length
  const verdict = verdicts(evidence)
  const outcomes = Map.groupBy(ended, ({ outcome }) => outcome)
  const rows: [string, string | number][] = [
    ['requests', asked.length],
    ['calls', new Set(asked.map(({ call }) => call)).size],
    ['ended', [...outcomes].map(([outcome, of]) => `${outcome} ${String(of.length)}`).join(', ')],
    [
      'short calls normal',
      `${String(pulses.filter(({ ok }) => ok).length)} of ${String(pulses.length)}`,
    ],
    ['kills', count('kill')],
    ['freezes', count('freeze')],
    ['stops', count('stop')],
    ['toxics', count('toxic')],
    ...recordsOf(evidence, 'drained').map(({ waiting, took_ms }): [string, string] => [
      'outbox drained',
      `${String(waiting)} events in ${took_ms === null ? 'more than was waited for' : `${String(took_ms)} ms`}`,
    ]),
    ['reconnects', views.filter(({ via }) => via === 'resume').length],
    ['logs read again', views.filter(({ via }) => via === 'replay').length],
    [
      'deltas',
      views.reduce((sum, { events }) => sum + events.filter(([, text]) => text !== '').length, 0),
    ],
    [
      'told log_reset',
      recordsOf(evidence, 'refused').filter(
        ({ probe, code }) => probe === 'own' && code === 'log_reset',
      ).length,
    ],
    [
      'provider calls',
      evidence.providerCalls.filter(({ request_id }) => request_id !== null).length,
    ],
    ['customer bills', evidence.customerLedger.length],
    ['provider ledger', evidence.providerLedger?.length ?? 'not there'],
    ['usage events', evidence.usageEvents.length],
    ['lost', harm('lost')],
    ['double bills', harm('double bill')],
    ['missing bills', harm('missing bill')],
    ['gaps', harm('gap')],
    ['duplicates', harm('duplicate')],
    ['mixes', harm('mix')],
    ['other violations', harm('other')],
  ]
  return [
    ...table(rows),
    '',
    'ms p50 / p99 / max (count)',
    ...table([
      ['first event of a log read again, no fault near', times(resumeTimes(evidence))],
      ['error after the kill of an adapter', times(verdict.alone)],
      ['the same, Redis or a router struck within 8 s', times(verdict.withOthers)],
      ...recoveries(evidence).map(({ kind, times: of, unfinished }): [string, string] => [
        `back to normal after kill of ${kind}`,
        `${times(of)}${unfinished > 0 ? `, ${String(unfinished)} cut short` : ''}`,
      ]),
    ]),
    '',
    'MB resident, highest',
    ...table(memory(evidence)),
  ]
}

function memory(evidence: Evidence): [string, string][] {
  const byService = Map.groupBy(recordsOf(evidence, 'memory'), ({ process }) => process)
  return [...byService]
    .map(([service, samples]): [string, string] => [
      service,
      Math.max(...samples.map(({ rss_mb }) => rss_mb)).toFixed(0),
    ])
    .toSorted(([a], [b]) => a.localeCompare(b))
}

function times({ count, p50, p99, max }: Distribution): string {
  return `${[p50, p99, max].map((ms) => ms.toFixed(0)).join(' / ')} (${String(count)})`
}

function table(rows: readonly (readonly [string, string | number])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${String(value)}`)
}
