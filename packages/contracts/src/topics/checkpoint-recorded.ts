import { z } from 'zod'
import { TenantId } from '../ids.ts'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** The state of something that goes on later (a session, a workflow), as it was at one moment. The newest of a session is what is restored. */
export const Checkpoint = z.object({
  /** `<session_id>:<sequence>`: the same on every repetition. What readers dedupe on. */
  id: z.string(),
  tenant_id: TenantId,
  user_id: z.string(),
  session_id: z.string(),
  /** Grows with every checkpoint of the session. */
  sequence: z.int().min(0),
  /** What kind of thing it restores: `response`, `workflow`. */
  kind: z.string(),
  /** JSON text, whole: whoever wrote it reads it. */
  state: z.string().max(900_000),
  /** Unix ms. */
  occurred_at: z.int().min(0),
  schema_version: z.literal(1),
})
export type Checkpoint = z.infer<typeof Checkpoint>

export const checkpointRecorded = defineTopic({
  name: 'gateway_checkpoints',
  description:
    'The state of a session or workflow was saved, so that it can go on elsewhere or later.',
  keyedBy: 'tenant/session',
  content: true,
  type: 'sluice.checkpoint.recorded',
  version: 1,
  payload: Checkpoint,
  key: (checkpoint: Checkpoint) => `${checkpoint.tenant_id}/${checkpoint.session_id}`,
  partitions: 12,
  retentionMs: 14 * days,
  compacted: false,
})
