import { AuditEntry, auditQueue } from '@sluice/contracts/audit'
import { type AuditRecorded, auditRecorded } from '@sluice/contracts/topics/audit-recorded'
import type { EventLog } from '@sluice/event-log'
import { toEvent } from '@sluice/event-log/cloud-events'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { redacted, redactedText } from '@sluice/management/redact'
import type { AuditStore } from '@sluice/store/audit-store'
import type { WorkQueue } from '@sluice/work-queue'

export interface AuditLogContext {
  readonly audit: AuditStore
  readonly queue: WorkQueue
  readonly events: EventLog
  readonly logger: Logger
}

/** An entry waits in the queue until the database and the event log have taken it, however long they are away. */
const maxDeliveries = 1_000_000_000

/**
 * Keeps every entry of the queue once, and tells of it by an event: at least once, by the same id. What is no entry, by whoever wrote it, is logged and
 * not tried again.
 */
export async function keepAuditLog({
  audit,
  queue,
  events,
  logger,
}: AuditLogContext): Promise<AsyncDisposable> {
  const options = { group: 'auth', concurrency: 4, maxDeliveries }
  return queue.consume(auditQueue, options, async ({ id, payload }) => {
    const read = AuditEntry.safeParse(payload)
    if (!read.success) {
      logger.error({ job: id, problem: messageOf(read.error) }, 'not an audit entry')
      return
    }
    const entry = withoutSecrets(read.data)
    try {
      await audit.add(entry)
    } catch (error) {
      if (GatewayError.is(error) && error.retryable) throw error
      logger.error({ job: id, problem: messageOf(error) }, 'an audit entry cannot be kept')
      return
    }
    await events.publish(auditRecorded.name, [eventOf(entry)])
  })
}

/** Once more: not everybody who can write to the queue is of this version. */
function withoutSecrets(entry: AuditEntry): AuditEntry {
  return {
    ...entry,
    target: redactedText(entry.target),
    before: redacted(entry.before) as AuditEntry['before'],
    after: redacted(entry.after) as AuditEntry['after'],
  }
}

function eventOf({ id, tenantId, actor, action, target, outcome, ...entry }: AuditEntry) {
  const { address, requestId, at } = entry
  const recorded: AuditRecorded = {
    id,
    tenant_id: tenantId,
    key_id: actor.keyId,
    user_id: actor.userId,
    role: actor.role,
    action,
    target,
    outcome,
    address,
    request_id: requestId,
    at,
  }
  const tenant = tenantId ?? ''
  return toEvent(auditRecorded, recorded, {
    id,
    source: '/sluice/auth',
    subject: target,
    time: at,
    tenant,
  })
}
