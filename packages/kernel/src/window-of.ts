import type { LimitWindow } from '@sluice/contracts/limits'

/** Unix ms; without an end for `total`. */
export interface TimeWindow {
  readonly startsAt: number
  readonly endsAt: number | null
}

const lengths: Readonly<Partial<Record<LimitWindow, number>>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}

/** The UTC calendar window that a moment lies in. Whoever counts uses this one: the edge for new calls, the ledger for those that ended. */
export function windowOf(window: LimitWindow, at: number): TimeWindow {
  const length = lengths[window]
  if (length !== undefined) {
    const startsAt = Math.floor(at / length) * length
    return { startsAt, endsAt: startsAt + length }
  }
  if (window === 'total') return { startsAt: 0, endsAt: null }
  const date = new Date(at)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return { startsAt: Date.UTC(year, month), endsAt: Date.UTC(year, month + 1) }
}

/** Names what a limit counts in one window, among the counters of its tenant. */
export function counterName(limitId: string, window: TimeWindow | null): string {
  return `${limitId}:${String(window?.startsAt ?? 0)}`
}
