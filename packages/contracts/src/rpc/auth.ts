import { z } from 'zod'
import { Access, fullAccess } from '../access.ts'
import { Caller } from '../caller.ts'
import { KeyId, ProjectId, TenantId, UserId } from '../ids.ts'
import { Limit } from '../limits.ts'
import { defineRpc } from './rpc.ts'

/** Lower-case hex SHA-256 of the whole credential: the credential itself never crosses a process. */
export const CredentialHash = z.string().regex(/^[0-9a-f]{64}$/)

export const Verdict = z.discriminatedUnion('valid', [
  z.object({
    valid: z.literal(true),
    caller: Caller,
    access: Access.default(fullAccess),
    revision: z.int(),
    /** Set while `auth` is cut off from its database: how long ago it read this there. */
    ageMs: z.number().min(0).optional(),
    /** Unix ms from which it is not so any more, whatever is known then: a key or a licence ends. */
    until: z.number().optional(),
  }),
  z.object({
    valid: z.literal(false),
    reason: z.enum(['unknown', 'revoked', 'expired']),
    revision: z.int(),
  }),
])
export type Verdict = z.infer<typeof Verdict>

export const verifyCredential = defineRpc({
  name: 'auth.verify-credential',
  request: z.object({ credentialHash: CredentialHash }),
  reply: Verdict,
})

/** The identity revision: grows with every change of a tenant, project or key, by whoever made it. */
export const readIdentityRevision = defineRpc({
  name: 'auth.read-revision',
  request: z.object({}),
  reply: z.object({ revision: z.int() }),
})

/** Whose calls a budget may count: a key (in its project, of its user), a project, or a user. Null = none in particular. */
export const BudgetSubject = z.object({
  tenantId: TenantId,
  projectId: ProjectId.nullable(),
  keyId: KeyId.nullable(),
  userId: UserId.nullable(),
})
export type BudgetSubject = z.infer<typeof BudgetSubject>

/** The budgets that calls of one key, project or user of a tenant count against. Null: the tenant has none of this name. */
export const readBudgetsOf = defineRpc({
  name: 'auth.read-budgets-of',
  request: z.object({
    tenantId: TenantId,
    of: z.union([
      z.strictObject({ project: z.string() }),
      z.strictObject({ key: z.string() }),
      z.strictObject({ user: z.string() }),
    ]),
  }),
  reply: z.object({ subject: BudgetSubject, limits: z.array(Limit) }).nullable(),
})

/** What a change makes stale: verdicts of one key, or of a whole tenant. `revision` grows with every change: a gap is one that was missed. */
export const IdentityChange = z.object({
  entity: z.enum(['tenant', 'key']),
  id: z.string(),
  change: z.enum(['created', 'changed', 'revoked']),
  revision: z.int().min(0),
  /** Unix ms. */
  at: z.int(),
})
export type IdentityChange = z.infer<typeof IdentityChange>

/** Broadcast channel that carries an `IdentityChange` to every process at once (a hint; the revision is the truth). */
export const identityChannel = 'identity-changed'
