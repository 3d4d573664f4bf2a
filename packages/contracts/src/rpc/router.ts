import { z } from 'zod'
import { RouteTarget } from '../generation/route-plan.ts'
import { Price } from '../price.ts'
import { StoredRows } from '../rows/stored-rows.ts'
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

/** Every model and alias that everybody or one tenant can call; the edge filters by what the key may use. */
export const listModels = defineRpc({
  name: 'router.list-models',
  request: z.object({
    /** Null = what everybody can call. */
    tenantId: z.string().nullable().default(null),
  }),
  reply: z.object({
    models: z.array(ListedModel),
    /** Of those only who has rows of its own sees another list than everybody's. */
    tenantsWithOwn: z.array(z.string()).default([]),
  }),
})

/**
 * Providers, models and aliases of the database, for who calls providers: it has no database, and the credentials are sealed. Throws a retryable error
 * while the router does not know them.
 */
export const readStoredRows = defineRpc({
  name: 'router.read-stored-rows',
  request: z.object({
    /** Of what the caller has; null = nothing yet. */
    known: z.int().nullable(),
    /** That the caller has heard of: a router that has less looks into the database before it answers. */
    atLeast: z.int().nullable(),
  }),
  reply: z.object({
    revision: z.int(),
    /** Null = what the caller has is of this revision. */
    rows: StoredRows.nullable(),
  }),
})

/** Broadcast channel that says that the rows have changed (a hint; the revision is the truth). */
export const catalogueChannel = 'catalogue-changed'
export const CatalogueChanged = z.object({ revision: z.int() })

/** Whom a chat call would go to first. Refuses as a call would: `model_not_found`. */
export const findTarget = defineRpc({
  name: 'router.find-target',
  request: z.object({
    model: z.string(),
    /** The dialect of the caller. */
    wire: WireName,
    /** What its key may use, globs; null = all. */
    models: z.array(z.string()).nullable(),
    tenantId: z.string().default(''),
  }),
  reply: z.object({ target: RouteTarget }),
})
