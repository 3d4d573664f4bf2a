import type { AuditEntry } from '@sluice/contracts/audit'
import type { Clock } from '@sluice/kernel/clock'
import { newRequestId } from '@sluice/kernel/ids'
import type { AuditedChange } from '@sluice/management'
import { redacted, redactedText } from '@sluice/management/redact'
import type { AuditStore } from '@sluice/store/audit-store'

/** `action`: `cli.tokens.revoke`. */
export type RecordOffline = (
  tenantId: string,
  action: string,
  change: Pick<AuditedChange, 'target' | 'before' | 'after'>,
) => Promise<void>

/** The audit log for whoever has the database: straight into it, since nobody may run who takes the queue. No event tells of these entries. */
export function offlineAudit(audit: AuditStore, clock: Clock): RecordOffline {
  return async (tenantId, action, { target, before, after }) => {
    const at = clock.now()
    const id = newRequestId(at)
    await audit.add({
      id,
      tenantId,
      actor: { keyId: 'cli', userId: null, role: null },
      action,
      target: redactedText(target),
      outcome: 'done',
      before: redacted(before) as AuditEntry['before'],
      after: redacted(after) as AuditEntry['after'],
      address: '',
      requestId: id,
      at,
    })
  }
}
