import { z } from 'zod'
import { defineTopic } from './topic.ts'

/** A row of configuration was created, changed or deleted. Says what to read again, never what it holds. */
export const ConfigurationChanged = z.object({
  /** The row's kind: `provider`, `model`, `alias`, `policy`, `budget`, `licence`. */
  entity: z.string(),
  id: z.string(),
  /** Whose it is; null = the operator's. */
  tenant_id: z.string().nullable(),
  change: z.enum(['created', 'changed', 'deleted']),
  /** Unix ms. */
  at: z.int().min(0),
  schema_version: z.literal(1),
})
export type ConfigurationChanged = z.infer<typeof ConfigurationChanged>

export const configurationChanged = defineTopic({
  name: 'sluice.configuration.changed.v1',
  description:
    'A provider, model, alias, policy, budget or licence was created, changed or deleted.',
  keyedBy: 'tenant/entity/id',
  content: false,
  type: 'sluice.configuration.changed',
  version: 1,
  payload: ConfigurationChanged,
  key: ({ tenant_id, entity, id }: ConfigurationChanged) => `${tenant_id ?? ''}/${entity}/${id}`,
  partitions: 3,
  retentionMs: -1,
  compacted: true,
})
