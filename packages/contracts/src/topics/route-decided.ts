import { z } from 'zod'
import { RouteReason, SkippedModel } from '../generation/route-plan.ts'
import { KeyId, ProjectId, RequestId, TenantId, UserId } from '../ids.ts'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** Which models a call was to be tried on, why, and which of them answered. Once per routed request. */
export const RouteDecided = z.object({
  /** Also what readers dedupe on: there is one decision per request. */
  request_id: RequestId,
  tenant_id: TenantId,
  project_id: ProjectId,
  key_id: KeyId,
  user_id: UserId.nullable(),
  /** The model name as the caller wrote it. */
  requested_model: z.string(),
  reason: RouteReason,
  /** In the order in which they were to be tried. */
  targets: z.array(z.object({ provider: z.string(), model: z.string() })),
  skipped: z.array(SkippedModel),
  /** Who answered; null = nobody did. */
  provider: z.string().nullable(),
  /** Catalogue name of the model that answered; null = none did. */
  model: z.string().nullable(),
  /** Provider calls made. */
  attempts: z.int().min(0),
  /** Unix ms of the end of the generation. */
  occurred_at: z.int().min(0),
  schema_version: z.literal(1),
})
export type RouteDecided = z.infer<typeof RouteDecided>

export const routeDecided = defineTopic({
  name: 'sluice.route.decided.v1',
  description:
    'Where a call was sent, why, and who answered in the end. Written with its bill; a call that could not be routed has none.',
  keyedBy: 'request id',
  content: false,
  type: 'sluice.route.decided',
  version: 1,
  payload: RouteDecided,
  key: (decision: RouteDecided) => decision.request_id,
  partitions: 12,
  retentionMs: 90 * days,
  compacted: false,
})
