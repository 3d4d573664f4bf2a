import { z } from 'zod'
import { AuditEntry, AuditOutcome } from '../audit.ts'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** That something was changed, or was not allowed. Metadata only: what it was before and after stays in the audit log. */
export const AuditRecorded = z.object({
  id: z.string(),
  tenant_id: z.string().nullable(),
  key_id: z.string().nullable(),
  user_id: z.string().nullable(),
  role: AuditEntry.shape.actor.shape.role,
  action: z.string(),
  target: z.string(),
  outcome: AuditOutcome,
  address: z.string(),
  request_id: z.string(),
  /** Unix ms. */
  at: z.int(),
})
export type AuditRecorded = z.infer<typeof AuditRecorded>

export const auditRecorded = defineTopic({
  name: 'sluice.audit.recorded.v1',
  description:
    'Something was changed, or was not allowed. Metadata only: what it was before and after stays in the audit log.',
  keyedBy: 'id of the entry',
  content: false,
  type: 'sluice.audit.recorded',
  version: 1,
  payload: AuditRecorded,
  key: (entry: AuditRecorded) => entry.id,
  partitions: 3,
  retentionMs: 365 * days,
  compacted: false,
})
