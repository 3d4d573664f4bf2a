import { z } from 'zod'
import { defineRpc } from './rpc.ts'

/** A model or alias that callers may ask for. */
export const ListedModel = z.object({
  id: z.string(),
  /** Who serves it: the provider's name, or `alias`. */
  ownedBy: z.string(),
  /** Unix seconds. */
  created: z.int(),
  capabilities: z.record(z.string(), z.union([z.boolean(), z.number()])),
})
export type ListedModel = z.infer<typeof ListedModel>

/** Every model and alias of the catalogue; the edge filters by what the key may use. */
export const listModels = defineRpc({
  name: 'router.list-models',
  request: z.object({}),
  reply: z.object({ models: z.array(ListedModel) }),
})
