import { z } from 'zod'
import { defineTopic, openValues } from './topic.ts'

/** A row of configuration was created, changed or deleted: by the router, or by auth. Says what to read again, never what it holds. */
export const ConfigurationChanged = z.object({
  entity: z
    .string()
    .describe(
      'the row’s kind: `provider`, `model`, `alias`, `policy`, `budget`, `licence` (of a user), `tier`; later others',
    ),
  id: z.string(),
  tenant_id: z.string().nullable().describe('whose it is; null = the operator’s'),
  change: z.enum(['created', 'changed', 'deleted']).meta(openValues),
  at: z.int().min(0).describe('Unix ms'),
  schema_version: z.literal(1),
})
export type ConfigurationChanged = z.infer<typeof ConfigurationChanged>

export const configurationChanged = defineTopic({
  name: 'sluice.configuration.changed.v1',
  description:
    'A provider, model, alias, policy, budget or licence was created, changed or deleted. Written in the transaction of the change. Says what to read again, never what it holds.',
  owner: 'router',
  keyedBy: 'tenant/entity/id',
  order: 'Changes of one row come in order; the last one is kept.',
  dedupe: null,
  content: false,
  personal: 'a licence has the id of its user',
  type: 'sluice.configuration.changed',
  version: 1,
  payload: ConfigurationChanged,
  key: ({ tenant_id, entity, id }: ConfigurationChanged) => `${tenant_id ?? ''}/${entity}/${id}`,
  partitions: 3,
  retentionMs: -1,
  compacted: true,
})
