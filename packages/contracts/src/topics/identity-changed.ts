import { z } from 'zod'
import { defineTopic, openValues } from './topic.ts'

/** A key, project or tenant was created, changed or revoked. Says that cached verdicts are stale, never what the credential is. */
export const IdentityChanged = z.object({
  entity: z.enum(['tenant', 'project', 'key']).meta(openValues),
  id: z.string(),
  change: z.enum(['created', 'changed', 'revoked']).meta(openValues),
  revision: z.int().min(0).describe('grows with every change: a gap is a change that was missed'),
  at: z.int().describe('Unix ms'),
})
export type IdentityChanged = z.infer<typeof IdentityChanged>

export const identityChanged = defineTopic({
  name: 'sluice.identity.changed.v1',
  description: 'A key, project or tenant was created, changed or revoked.',
  owner: 'auth',
  keyedBy: 'id of the entity',
  order: 'Changes of one entity come in the order of their `revision`; the last one is kept.',
  dedupe: null,
  content: false,
  personal: 'nothing',
  type: 'sluice.identity.changed',
  version: 1,
  payload: IdentityChanged,
  key: (change: IdentityChanged) => change.id,
  partitions: 3,
  retentionMs: -1,
  compacted: true,
})
