import { z } from 'zod'
import { Price } from '../price.ts'
import { WireName } from '../wire-name.ts'
import { Traits } from './traits.ts'

/** One provider and model to try. The provider-adapter finds address and credential by `provider`; they never travel. */
export const RouteTarget = z.object({
  provider: z.string(),
  /** The adapters that serve this provider read this pool's dispatch queue. */
  pool: z.string(),
  /** What the provider is spoken to in: the caller's dialect where the provider has it, else its own. */
  wire: WireName,
  /** Catalogue name (`acme/fast`). */
  model: z.string(),
  /** What the provider calls it (`fast-2`). */
  upstreamModel: z.string(),
  /** Price snapshot that the bill is made from; `null` = declared free. */
  price: Price.nullable(),
  /** Cap that an alias sets on the answer's length, tokens. */
  maxTokens: z.int().positive().nullable(),
  traits: Traits.default({}),
  /** Largest stream event accepted, bytes; null = what the provider-adapter is set to. */
  maxEventBytes: z.int().positive().nullable().default(null),
})
export type RouteTarget = z.infer<typeof RouteTarget>

/** Why this plan: machine-readable (`code`), with the names that decided (`detail`). Shown as `x-router-reason`. */
export const RouteReason = z.object({
  code: z.enum(['model', 'alias', 'pinned_prefix', 'default']),
  detail: z.string(),
})
export type RouteReason = z.infer<typeof RouteReason>

/** A model that the call would have gone to, and what its row says it lacks: names of capabilities, or `context_window`. */
export const SkippedModel = z.object({ model: z.string(), lacks: z.array(z.string()).min(1) })
export type SkippedModel = z.infer<typeof SkippedModel>

export const RoutePlan = z.object({
  /** Tried in order; the next one only while nothing has been published. Never empty. */
  targets: z.array(RouteTarget).min(1),
  reason: RouteReason,
  skipped: z.array(SkippedModel).optional(),
})
export type RoutePlan = z.infer<typeof RoutePlan>

/** What is told of a plan after the end. */
export const RouteDecision = z.object({
  reason: RouteReason,
  /** In the order in which they were to be tried. */
  targets: z.array(z.object({ provider: z.string(), model: z.string() })),
  skipped: z.array(SkippedModel).optional(),
})
export type RouteDecision = z.infer<typeof RouteDecision>
