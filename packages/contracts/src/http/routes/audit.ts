import { z } from 'zod'
import { Role } from '../../access.ts'
import { AuditOutcome } from '../../audit.ts'
import { pageOf } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { time } from '../shapes.ts'

const bound = z.iso.datetime({ offset: true }).optional()

export const AuditEntryView = z.object({
  id: z.string(),
  at: time,
  actor: z.object({
    key_id: z.string().nullable(),
    user_id: z.string().nullable(),
    role: Role.nullable(),
  }),
  action: z.string(),
  target: z.string(),
  outcome: AuditOutcome,
  before: z.json(),
  after: z.json(),
  address: z.string(),
  request_id: z.string(),
})
export type AuditEntryView = z.infer<typeof AuditEntryView>

export const listAuditEntries = defineRoute({
  id: 'audit.list',
  method: 'GET',
  path: '/v1/audit',
  owner: 'auth',
  tag: 'Audit',
  summary:
    'What was changed and what was not allowed, the newest first; as CSV with Accept: text/csv',
  access: { roles: ['owner', 'admin'] },
  query: z.strictObject({
    since: bound.describe('Not before'),
    until: bound.describe('Before'),
    actor: z.string().max(64).optional().describe('Id of a key or user'),
    action: z
      .string()
      .max(100)
      .optional()
      .describe('As in the entry, with or without its `cli.`, or its beginning and *'),
    outcome: AuditOutcome.optional(),
    target: z.string().max(300).optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
    after: z.string().max(100).optional().describe('last_id of the page before'),
  }),
  status: 200,
  reply: pageOf(AuditEntryView),
})

export const auditRoutes: readonly Route[] = [listAuditEntries]
