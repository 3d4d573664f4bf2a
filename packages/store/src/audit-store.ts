import type { AuditEntry, AuditOutcome } from '@sluice/contracts/audit'

/** What was changed and what was not allowed: entries are added and read, and that is all. */
export interface AuditStore {
  /** Keeps an entry once, by its id. False when it was there. */
  add(entry: AuditEntry): Promise<boolean>
  /** Of one tenant, the newest first, from beyond `after`. */
  list(tenantId: string, filter: AuditFilter, page: AuditPage): Promise<readonly AuditEntry[]>
}

/** Null = whatever it is. */
export interface AuditFilter {
  /** Unix ms; `since` is in, `until` is out. */
  readonly since: number | null
  readonly until: number | null
  /** Id of a key or user. */
  readonly actor: string | null
  /** A `*` at its end stands for anything. `cli.`, which what a command line did begins with, may be left out. */
  readonly action: string | null
  readonly outcome: AuditOutcome | null
  readonly target: string | null
}

export interface AuditPage {
  readonly limit: number
  /** Id of the last entry of the page before; null = from the newest. After one that is not there comes nothing. */
  readonly after: string | null
}

export const anyAudit: AuditFilter = Object.freeze({
  since: null,
  until: null,
  actor: null,
  action: null,
  outcome: null,
  target: null,
})
