import { z } from 'zod'
import { RouteReason, SkippedModel } from '../generation/route-plan.ts'
import { KeyId, ProjectId, RequestId, TenantId, UserId } from '../ids.ts'
import { defineTopic, openValues } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** Which models a call was to be tried on, why, and which of them answered. Once per routed request. */
export const RouteDecided = z.object({
  request_id: RequestId,
  tenant_id: TenantId,
  project_id: ProjectId,
  key_id: KeyId,
  user_id: UserId.nullable().describe('null = nobody’s in particular'),
  requested_model: z.string().describe('as the caller wrote it'),
  reason: RouteReason.extend({ code: RouteReason.shape.code.meta(openValues) }).describe(
    'why: for programs, and with the names that decided',
  ),
  targets: z
    .array(z.object({ provider: z.string(), model: z.string() }))
    .describe('in the order in which they were to be tried'),
  skipped: z.array(SkippedModel).describe('models passed over, and what they lack'),
  provider: z.string().nullable().describe('that answered; null = none did'),
  model: z.string().nullable().describe('that answered; null = none did'),
  attempts: z.int().min(0).describe('provider calls made'),
  occurred_at: z.int().min(0).describe('when the generation ended, Unix ms'),
  schema_version: z.literal(1),
})
export type RouteDecided = z.infer<typeof RouteDecided>

export const routeDecided = defineTopic({
  name: 'sluice.route.decided.v1',
  description:
    'Where a call was sent, why, and who answered in the end. Written with its bill; a call that could not be routed has none.',
  owner: 'usage',
  keyedBy: 'request id',
  order: 'One event per key.',
  dedupe: 'request_id',
  content: false,
  personal: 'user_id',
  type: 'sluice.route.decided',
  version: 1,
  payload: RouteDecided,
  key: (decision: RouteDecided) => decision.request_id,
  partitions: 12,
  retentionMs: 90 * days,
  compacted: false,
})
