import { z } from 'zod'
import { Caller } from '../caller.ts'
import { RequestId } from '../ids.ts'
import { Limit } from '../limits.ts'
import { WireName } from '../wire-name.ts'

/** What a call shows about the wish of its client to come back after a disconnect. */
export const OnDisconnect = z.enum(['cancel', 'grace', 'continue'])
export type OnDisconnect = z.infer<typeof OnDisconnect>

/** What is asked for. Everything but `chat` has one plain reply. */
export const Operation = z.enum([
  'chat',
  'embeddings',
  'rerank',
  'moderations',
  'images',
  'image-edits',
  'speech',
  'transcriptions',
  'translations',
])
export type Operation = z.infer<typeof Operation>

/** What a target must be able to do for this call; a model whose row denies one of them is not asked. */
export const Need = z.enum(['tools', 'images', 'audio', 'json_schema', 'reasoning'])
export type Need = z.infer<typeof Need>

/**
 * One accepted inference call without its body: what the router decides on and the provider-adapter works from.
 * The body travels beside it as the bytes the client sent (`Admission.body`).
 */
export const GenerationRequest = z.object({
  id: RequestId,
  caller: Caller,
  operation: Operation,
  /** The caller's dialect, that of the called endpoint; the answer is logged in it. What the provider speaks is in the route's target. */
  wire: WireName,
  /** The model name as the caller wrote it. */
  model: z.string(),
  stream: z.boolean(),
  /** The caller asked for the usage chunk (`stream_options.include_usage`). */
  includeUsage: z.boolean(),
  needs: z.array(Need).default([]),
  /** Documents stand in the messages: one that is named by its address may have to be fetched. */
  documents: z.boolean().default(false),
  /** Of the prompt, estimated from its length; 0 = not known, as for one that holds files. */
  inputTokens: z.int().min(0).default(0),
  /** The caller's own limit on the answer, tokens. */
  maxTokens: z.number().min(0).nullable().default(null),
  /** Calls that belong together (a conversation), as the caller names it; null = it does not. */
  group: z.string().nullable().default(null),
  /** Of the body. */
  contentType: z.string().default('application/json'),
  /** Caller headers that may reach a provider, names in lower case; credentials and cookies are never among them. */
  headers: z.record(z.string(), z.string()),
  /** Limits of money that it counts against; absent = none. */
  budgets: z.array(Limit).optional(),
  clientRequestId: z.string().nullable(),
  traceparent: z.string().nullable(),
  onDisconnect: OnDisconnect,
  /** Unix ms. */
  acceptedAt: z.int(),
  /** Unix ms; past it the generation ends as `expired`. */
  deadlineAt: z.int(),
})
export type GenerationRequest = z.infer<typeof GenerationRequest>
