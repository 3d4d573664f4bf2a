import { z } from 'zod'
import { AuditEntry, AuditOutcome } from '../audit.ts'
import { defineTopic, openValues } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** That something was changed, or was not allowed. Metadata only: what it was before and after stays in the audit log. */
export const AuditRecorded = z.object({
  id: z.string().describe('of the call: a second delivery is the same entry'),
  tenant_id: z.string().nullable().describe('null = nobody’s, or the operator’s'),
  key_id: z.string().nullable().describe('with which it was done'),
  user_id: z.string().nullable().describe('who did it'),
  role: AuditEntry.shape.actor.shape.role.meta(openValues),
  action: z.string().describe('what was done: `tokens.create`, `cli.tokens.revoke`, …'),
  target: z.string().describe('to what: `token:k_…`; empty = the call names nothing'),
  outcome: AuditOutcome.describe('`denied`: not allowed; `failed`: allowed, and did not work'),
  address: z.string().describe('of the client, as far as trusted proxies tell it'),
  request_id: z.string().describe('the management call'),
  at: z.int().describe('Unix ms'),
})
export type AuditRecorded = z.infer<typeof AuditRecorded>

export const auditRecorded = defineTopic({
  name: 'sluice.audit.recorded.v1',
  description:
    'Something was changed, or was not allowed. Metadata only: what it was before and after stays in the audit log.',
  owner: 'auth',
  keyedBy: 'id of the entry',
  order: 'None between entries: sort by `at`.',
  dedupe: 'id',
  content: false,
  personal: 'user_id, key_id and address of whoever did it',
  type: 'sluice.audit.recorded',
  version: 1,
  payload: AuditRecorded,
  key: (entry: AuditRecorded) => entry.id,
  partitions: 3,
  retentionMs: 365 * days,
  compacted: false,
})
