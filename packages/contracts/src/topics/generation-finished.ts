import { z } from 'zod'
import { TerminalState } from '../generation/log-entry.ts'
import { KeyId, ProjectId, RequestId, TenantId, UserId } from '../ids.ts'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** That a generation ended, and how: for whoever waits for it or watches errors, without what it cost. */
export const GenerationFinished = z.object({
  request_id: RequestId,
  tenant_id: TenantId,
  project_id: ProjectId,
  key_id: KeyId,
  user_id: UserId.nullable(),
  operation: z.string(),
  model: z.string(),
  provider: z.string().nullable(),
  state: TerminalState,
  error_code: z.string().nullable(),
  stream: z.boolean(),
  /** Unix ms. */
  accepted_at: z.int().min(0),
  /** Unix ms. */
  occurred_at: z.int().min(0),
  schema_version: z.literal(1),
})
export type GenerationFinished = z.infer<typeof GenerationFinished>

export const generationFinished = defineTopic({
  name: 'sluice.generation.finished.v1',
  description: 'A generation reached its terminal entry: completed, failed, cancelled or expired.',
  keyedBy: 'request id',
  content: false,
  type: 'sluice.generation.finished',
  version: 1,
  payload: GenerationFinished,
  key: (finished: GenerationFinished) => finished.request_id,
  partitions: 12,
  retentionMs: 7 * days,
  compacted: false,
})
