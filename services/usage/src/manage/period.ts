import { GatewayError } from '@sluice/kernel/errors'
import { managementErrors } from '@sluice/management/errors'
import { hourMs, type Period } from '@sluice/store/usage-reports'

const dayMs = 24 * hourMs

interface Asked {
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/**
 * A period from what was asked for. A date is a whole day: as `from` its first moment, as `to` its end. Without `to` it ends now, without `from` it is
 * `defaultDays` long.
 */
export function periodOf(
  { from, to }: Asked,
  now: number,
  { defaultDays, maxDays }: { readonly defaultDays: number; readonly maxDays: number },
): Period {
  const end = to === undefined ? now : momentOf(to) + (isDate(to) ? dayMs : 0)
  const start = from === undefined ? end - defaultDays * dayMs : momentOf(from)
  if (start >= end) throw invalid('from', 'from has to be before to')
  if (end - start > maxDays * dayMs)
    throw invalid('from', `the period may be ${String(maxDays)} days long at most`)
  return { from: start, to: end }
}

/** The whole hours that hold the period: sums are kept by the hour. */
export function wholeHours({ from, to }: Period): Period {
  return { from: Math.floor(from / hourMs) * hourMs, to: Math.ceil(to / hourMs) * hourMs }
}

function isDate(text: string): boolean {
  return text.length === 10
}

function momentOf(text: string): number {
  return Date.parse(text)
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError(managementErrors.invalid_request, message, {
    type: 'invalid_request_error',
    param,
  })
}
