import { timeOf } from '@sluice/contracts/http/shapes'
import type { AuditEntry } from '@sluice/contracts/audit'
import { type AuditEntryView, listAuditEntries } from '@sluice/contracts/http/routes/audit'
import { csv } from '@sluice/kernel/csv'
import { handle, type Handled } from '@sluice/management'
import type { AuditStore } from '@sluice/store/audit-store'
import type { Page } from '@sluice/store/tenancy'
import { listOf } from './context.ts'

/** Reading the audit log; nothing writes or removes by a route. */
export function auditHandlers({ audit }: { readonly audit: AuditStore }): readonly Handled[] {
  return [
    handle(listAuditEntries, async ({ principal, query, headers }) => {
      const { since, until, actor, action, outcome, target, limit, after } = query
      const filter = {
        since: toMs(since),
        until: toMs(until),
        actor: actor ?? null,
        action: action ?? null,
        outcome: outcome ?? null,
        target: target ?? null,
      }
      const read = (page: Page) => audit.list(principal.caller.tenantId, filter, page)
      if (headers['accept']?.includes('text/csv'))
        return asCsv(await read({ limit, after: after ?? null }))
      return { body: await listOf({ limit, after }, read, viewOf) }
    }),
  ]
}

const columns = [
  'at',
  'action',
  'target',
  'outcome',
  'key_id',
  'user_id',
  'role',
  'address',
  'request_id',
  'before',
  'after',
]

/** The reply is described as JSON; who asks for CSV gets a text. */
function asCsv(entries: readonly AuditEntry[]) {
  const rows = entries.map(
    ({ at, action, target, outcome, actor, address, requestId, before, after }) => [
      new Date(at).toISOString(),
      action,
      target,
      outcome,
      actor.keyId,
      actor.userId,
      actor.role,
      address,
      requestId,
      JSON.stringify(before),
      JSON.stringify(after),
    ],
  )
  const headers = {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="audit.csv"',
  }
  return { body: csv([columns, ...rows]) as never, headers }
}

function viewOf({
  id,
  at,
  actor,
  action,
  target,
  outcome,
  before,
  after,
  address,
  requestId,
}: AuditEntry): AuditEntryView {
  return {
    id,
    at: timeOf(at),
    actor: { key_id: actor.keyId, user_id: actor.userId, role: actor.role },
    action,
    target,
    outcome,
    before,
    after,
    address,
    request_id: requestId,
  }
}

function toMs(time: string | undefined): number | null {
  return time === undefined ? null : Date.parse(time)
}
