import { z } from 'zod'
import { Role } from './access.ts'

/** `denied`: it was not allowed. `failed`: it was, and did not work. */
export const AuditOutcome = z.enum(['done', 'denied', 'failed'])
export type AuditOutcome = z.infer<typeof AuditOutcome>

/** One change of state, or one attempt that was not allowed. Written once, never changed. */
export const AuditEntry = z.object({
  /** Of the call: a second delivery is the same entry. */
  id: z.string().min(1).max(64),
  /** Null: nobody's, such as the login of an account that is not there. */
  tenantId: z.string().nullable(),
  actor: z.object({
    keyId: z.string().nullable(),
    userId: z.string().nullable(),
    role: Role.nullable(),
  }),
  /** `Route.id`, or what a command line did (`cli.tokens.revoke`). */
  action: z.string().max(100),
  /** The thing that was changed, as the API names it: `token:k_…`. Empty: the call names none. */
  target: z.string().max(300),
  outcome: AuditOutcome,
  /** What differs; without secrets, and without what only tells about a person. */
  before: z.json().default(null),
  after: z.json().default(null),
  /** Of the client, as far as trusted proxies tell it. */
  address: z.string().max(100),
  requestId: z.string().max(64),
  /** Unix ms. */
  at: z.int(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** Work queue of entries; `auth` keeps each once. */
export const auditQueue = 'auth.audit'
