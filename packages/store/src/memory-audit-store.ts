import type { AuditEntry } from '@sluice/contracts/audit'
import type { AuditFilter, AuditPage, AuditStore } from './audit-store.ts'

/** For tests and simulation: lives as long as the process. */
export function createMemoryAuditStore(): AuditStore {
  const kept = new Map<string, string>()
  return {
    async add(entry) {
      if (kept.has(entry.id)) return false
      kept.set(entry.id, JSON.stringify(entry))
      return true
    },
    async list(tenantId, filter, { limit, after }: AuditPage) {
      const own = [...kept.values()]
        .map((text) => JSON.parse(text) as AuditEntry)
        .filter((entry) => entry.tenantId === tenantId)
      const last = own.find(({ id }) => id === after)
      return own
        .filter((entry) => passes(entry, filter))
        .filter((entry) => after === null || (last && newestFirst(last, entry) < 0))
        .toSorted(newestFirst)
        .slice(0, limit)
    },
  }
}

type Place = Pick<AuditEntry, 'at' | 'id'>

function newestFirst(a: Place, b: Place): number {
  if (a.at !== b.at) return b.at - a.at
  if (a.id === b.id) return 0
  return a.id < b.id ? 1 : -1
}

function passes(entry: AuditEntry, filter: AuditFilter): boolean {
  const { since, until, actor, action, outcome, target } = filter
  return (
    (since === null || entry.at >= since) &&
    (until === null || entry.at < until) &&
    (actor === null || entry.actor.keyId === actor || entry.actor.userId === actor) &&
    (action === null || isNamed(entry.action, action)) &&
    (outcome === null || entry.outcome === outcome) &&
    (target === null || entry.target === target)
  )
}

/** What a command line did has the name of the route behind `cli.`. */
function isNamed(action: string, wanted: string): boolean {
  const isPart = wanted.endsWith('*')
  return [wanted, `cli.${wanted}`].some((name) =>
    isPart ? action.startsWith(name.slice(0, -1)) : action === name,
  )
}
