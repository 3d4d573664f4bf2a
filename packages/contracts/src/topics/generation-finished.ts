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
  user_id: UserId.nullable().describe('null = nobody’s in particular'),
  operation: z.string().describe('`chat`, `embeddings`, …'),
  model: z.string().describe('that answered; the requested name when none did'),
  provider: z.string().nullable().describe('that answered; null = none did'),
  state: TerminalState,
  error_code: z.string().nullable().describe('why it did not complete'),
  stream: z.boolean().describe('answered as a stream'),
  accepted_at: z.int().min(0).describe('Unix ms'),
  occurred_at: z.int().min(0).describe('when it ended, Unix ms'),
  schema_version: z.literal(1),
})
export type GenerationFinished = z.infer<typeof GenerationFinished>

export const generationFinished = defineTopic({
  name: 'sluice.generation.finished.v1',
  description: 'A generation reached its terminal entry: completed, failed, cancelled or expired.',
  owner: 'usage',
  keyedBy: 'request id',
  order: 'One event per key.',
  dedupe: 'request_id',
  content: false,
  personal: 'user_id',
  type: 'sluice.generation.finished',
  version: 1,
  payload: GenerationFinished,
  key: (finished: GenerationFinished) => finished.request_id,
  partitions: 12,
  retentionMs: 7 * days,
  compacted: false,
})
