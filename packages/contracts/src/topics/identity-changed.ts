import { z } from 'zod'
import { defineTopic } from './topic.ts'

/** A key, project or tenant was created, changed or revoked. Says that cached verdicts are stale, never what the credential is. */
export const IdentityChanged = z.object({
  entity: z.enum(['tenant', 'project', 'key']),
  id: z.string(),
  change: z.enum(['created', 'changed', 'revoked']),
  /** Grows with every change: a reader that holds a smaller one has missed something. */
  revision: z.int().min(0),
  /** Unix ms. */
  at: z.int(),
})
export type IdentityChanged = z.infer<typeof IdentityChanged>

export const identityChanged = defineTopic({
  name: 'sluice.identity.changed.v1',
  description: 'A key, project or tenant was created, changed or revoked.',
  keyedBy: 'id of the entity',
  content: false,
  type: 'sluice.identity.changed',
  version: 1,
  payload: IdentityChanged,
  key: (change: IdentityChanged) => change.id,
  partitions: 3,
  retentionMs: -1,
  compacted: true,
})
