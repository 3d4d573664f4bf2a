import { periodOf } from '@sluice/usage/manage/period'
import { iso } from '@sluice/usage/manage/views'
import type { PeriodOptions } from './period-options.ts'

const dayMs = 86_400_000

/** What is compared when nothing is said: yesterday, whose bills have all been written. */
export function yesterdayUnless(options: PeriodOptions, now: number) {
  const endOfYesterday = Math.floor(now / dayMs) * dayMs
  const isSilent = options.to === undefined && options.from === undefined
  const to = isSilent ? iso(endOfYesterday) : options.to
  return periodOf({ ...options, to }, now, { defaultDays: 1, maxDays: 732 })
}
