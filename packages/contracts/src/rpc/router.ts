import { z } from 'zod'
import { RouteTarget } from '../generation/route-plan.ts'
import { Price } from '../price.ts'
import { WireName } from '../wire-name.ts'
import { defineRpc } from './rpc.ts'

/** A model or alias that callers may ask for. */
export const ListedModel = z.object({
  id: z.string(),
  /** Who serves it: the provider's name, or `alias`. */
  ownedBy: z.string(),
  /** Unix seconds. */
  created: z.int(),
  capabilities: z.record(z.string(), z.union([z.boolean(), z.number()])),
  /** What a call is charged by, if this model answers it; null = declared free. */
  price: Price.nullable().default(null),
  /** Longest answer that its row tells of, tokens; null = it does not. An alias says what it caps answers at. */
  maxOutputTokens: z.int().positive().nullable().default(null),
})
export type ListedModel = z.infer<typeof ListedModel>

/** Every model and alias of the catalogue; the edge filters by what the key may use. */
export const listModels = defineRpc({
  name: 'router.list-models',
  request: z.object({}),
  reply: z.object({ models: z.array(ListedModel) }),
})

/** Whom a chat call would go to first. Refuses as a call would: `model_not_found`. */
export const findTarget = defineRpc({
  name: 'router.find-target',
  request: z.object({
    model: z.string(),
    /** The dialect of the caller. */
    wire: WireName,
    /** What its key may use, globs; null = all. */
    models: z.array(z.string()).nullable(),
  }),
  reply: z.object({ target: RouteTarget }),
})
