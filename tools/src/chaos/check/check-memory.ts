import { type Evidence, recordsOf } from './evidence.ts'
import type { Report } from './violation.ts'

/** More than any service needs under this load, by far: what passes it keeps something. */
const limitMb = 512

const stores = ['redis', 'postgres', 'kafka']

/** I13: no process of ours grows beyond its bound, at any time. */
export function checkMemory(evidence: Evidence, report: Report): void {
  const highest = new Map<string, number>()
  for (const { process, pid, rss_mb } of recordsOf(evidence, 'memory')) {
    if (stores.includes(process)) continue
    const name = `${process} (process ${String(pid)})`
    highest.set(name, Math.max(highest.get(name) ?? 0, rss_mb))
  }
  for (const [name, mb] of highest)
    if (mb > limitMb) report('I13', name, `${mb.toFixed(0)} MB resident`)
}
