import { z } from 'zod'
import { defineTopic, openValues } from './topic.ts'

/** Who there is, or what somebody may do, changed. Says that cached verdicts are stale, never what the credential is. */
export const IdentityChanged = z.object({
  entity: z.enum(['tenant', 'project', 'key', 'user', 'group', 'membership']).meta(openValues),
  id: z
    .string()
    .describe(
      'of a membership `<group>/<user>`; of a key that stands for the sessions of somebody signed in `session-<user>`',
    ),
  tenant_id: z.string().optional().describe('whose it is; absent in events before this member'),
  change: z
    .enum(['created', 'changed', 'revoked', 'role_changed', 'disabled', 'enabled', 'deleted'])
    .meta(openValues)
    .describe(
      '`revoked` of keys; `role_changed`, `disabled` and `enabled` of users; `deleted` of users, groups and memberships. A closed project and a disabled tenant are `changed`',
    ),
  revision: z.int().min(0).describe('grows with every change: a gap is a change that was missed'),
  at: z.int().describe('Unix ms'),
})
export type IdentityChanged = z.infer<typeof IdentityChanged>

export const identityChanged = defineTopic({
  name: 'sluice.identity.changed.v1',
  description:
    'A tenant, project, key, user, group or membership was created, changed or taken away. Written in the transaction of the change.',
  owner: 'auth',
  keyedBy: 'id of a tenant or key; tenant/entity/id of all others',
  order: 'Changes of one entity come in the order of their `revision`; the last one is kept.',
  dedupe: null,
  content: false,
  personal: 'ids of users; no names, no addresses',
  type: 'sluice.identity.changed',
  version: 1,
  payload: IdentityChanged,
  // Ids of tenants and keys are unique by themselves.
  key: ({ entity, id, tenant_id }: IdentityChanged) =>
    entity === 'tenant' || entity === 'key' ? id : `${tenant_id ?? ''}/${entity}/${id}`,
  partitions: 3,
  retentionMs: -1,
  compacted: true,
})
