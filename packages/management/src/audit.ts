import { type AuditEntry, auditQueue } from '@sluice/contracts/audit'
import type { ManagementCall } from '@sluice/contracts/rpc/manage'
import type { Clock } from '@sluice/kernel/clock'
import { type Logger } from '@sluice/kernel/logger'
import { messageOf } from '@sluice/kernel/errors'
import type { Json, WorkQueue } from '@sluice/work-queue'
import type { AuditedChange } from './handler.ts'
import { redacted, redactedText } from './redact.ts'

/** Writes one entry of the audit log. Never rejects: what was done is done. */
export type RecordAudit = (
  call: Pick<ManagementCall, 'route' | 'principal' | 'address' | 'requestId'>,
  change: AuditedChange,
  outcome?: 'done' | 'denied' | 'failed',
) => Promise<void>

/** Of the contract. */
const maxTarget = 300

/**
 * The audit log behind the work queue: an entry has the id of its call, so that a second delivery of it is the same entry. What the queue does not take is
 * logged whole instead, and nowhere else. Secrets are not in it, whatever a handler gave.
 */
export function createQueuedAudit({
  queue,
  clock,
  logger,
}: {
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
}): RecordAudit {
  return async ({ route, principal, address, requestId }, change, outcome = 'done') => {
    const caller = principal?.caller
    const entry: AuditEntry = {
      id: requestId,
      tenantId: change.tenantId ?? caller?.tenantId ?? null,
      actor: {
        keyId: caller?.keyId ?? null,
        userId: caller?.userId ?? null,
        ...change.actor,
        role: principal?.access.role ?? null,
      },
      action: route,
      target: redactedText(change.target).slice(0, maxTarget),
      outcome,
      before: redacted(change.before) as AuditEntry['before'],
      after: redacted(change.after) as AuditEntry['after'],
      address,
      requestId,
      at: clock.now(),
    }
    try {
      await queue.enqueue(auditQueue, entry as Json, { dedupeId: requestId })
    } catch (problem) {
      logger.error({ audit: entry, problem: messageOf(problem) }, 'audit entry not queued')
    }
  }
}
