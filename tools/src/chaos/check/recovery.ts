import type { RecordOf } from '../history.ts'
import { type Evidence, recordsOf } from './evidence.ts'
import { type Distribution, distribution } from './statistics.ts'

/** Normal is: of the short calls that begin within so long, at least this share is answered within a second. */
const windowMs = 2_000
const normalShare = 0.99

export interface Recovery {
  readonly kind: string
  /** ms from the first kill of a round until 99 % of the short calls were normal again. */
  readonly times: Distribution
  /** Rounds that the next one cut short before that. */
  readonly unfinished: number
}

/** Time to recover by what was killed. Hurried rounds, and those that a hurried one follows, tell nothing. */
export function recoveries(evidence: Evidence): Recovery[] {
  const pulses = recordsOf(evidence, 'pulse').toSorted((a, b) => a.t - b.t)
  const rounds = [...Map.groupBy(recordsOf(evidence, 'fault'), ({ round }) => round).values()]
  const byKind = new Map<string, { times: number[]; unfinished: number }>()
  for (const [index, faults] of rounds.entries()) {
    const next = rounds[index + 1]?.[0]
    const kind = kindOf(faults)
    const [first] = faults
    if (kind === null || !first || first.hurried || next?.hurried) continue
    const of = byKind.get(kind) ?? { times: [], unfinished: 0 }
    byKind.set(kind, of)
    const time = timeToNormal(pulses, first.t, next?.t ?? Infinity)
    if (time === null) of.unfinished += 1
    else of.times.push(time)
  }
  return [...byKind]
    .map(([kind, { times, unfinished }]) => ({ kind, times: distribution(times), unfinished }))
    .toSorted((a, b) => a.kind.localeCompare(b.kind))
}

function kindOf(faults: readonly RecordOf<'fault'>[]): string | null {
  const kills = faults.filter(({ what }) => what === 'kill')
  const services = new Set(kills.map(({ target }) => target))
  const [service] = services
  if (service === undefined) return null
  if (kills.length === 1) return service
  if (services.size === 1) return `every ${service}`
  return kills.length >= 8 ? 'everything at once' : 'several at once'
}

function timeToNormal(
  pulses: readonly RecordOf<'pulse'>[],
  from: number,
  until: number,
): number | null {
  const after = pulses.filter(({ t }) => t >= from && t < until)
  for (const [index, { t }] of after.entries()) {
    const window = after.slice(index).filter((pulse) => pulse.t < t + windowMs)
    const reachesEnd = (after.at(-1)?.t ?? 0) >= t + windowMs * 0.8
    if (!reachesEnd) return null
    if (window.filter(({ ok }) => ok).length >= window.length * normalShare)
      return index === 0 ? 0 : t - from
  }
  return null
}

/** Who gives the verdict about a dead adapter, and where it is written. */
const verdictNeeds = ['router', 'redis']
const nearMs = 8_000

export interface Verdicts {
  readonly alone: Distribution
  /** Redis or a router had its own fault at about the same time. */
  readonly withOthers: Distribution
}

/** ms from the kill of an adapter until readers of what it was writing saw the error. */
export function verdicts(evidence: Evidence): Verdicts {
  const faults = recordsOf(evidence, 'fault')
  const others = faults.filter(({ target }) => verdictNeeds.includes(target))
  const kills = faults.filter(
    ({ what, target }) => what === 'kill' && target === 'provider-adapter',
  )
  const alone: number[] = []
  const withOthers: number[] = []
  for (const view of recordsOf(evidence, 'viewed')) {
    if (view.via === 'replay' || view.terminal !== 'upstream_lost') continue
    const kill = kills.findLast(({ t }) => t <= view.t && t >= view.started_at - 1_000)
    if (!kill) continue
    const disturbed = others.some(({ t }) => Math.abs(t - kill.t) < nearMs)
    ;(disturbed ? withOthers : alone).push(view.t - kill.t)
  }
  return { alone: distribution(alone), withOthers: distribution(withOthers) }
}

/** ms from asking for a log to its first event, where no fault was near. */
export function resumeTimes(evidence: Evidence): Distribution {
  const faults = recordsOf(evidence, 'fault').map(({ t }) => t)
  const calm = (t: number) => !faults.some((fault) => fault > t - 10_000 && fault < t + 1_000)
  const views = recordsOf(evidence, 'viewed').filter(
    ({ via, started_at }) => via === 'replay' && calm(started_at),
  )
  return distribution(views.flatMap(({ first_ms }) => first_ms ?? []))
}
