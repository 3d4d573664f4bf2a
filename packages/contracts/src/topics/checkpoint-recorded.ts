import { z } from 'zod'
import { TenantId } from '../ids.ts'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** The state of something that goes on later (a session, a workflow), as it was at one moment. The newest of a session is what is restored. */
export const Checkpoint = z.object({
  id: z.string().describe('`<session_id>:<sequence>`: the same on every repetition'),
  tenant_id: TenantId,
  user_id: z.string().describe('the person; where a key is nobody’s in particular, the key'),
  session_id: z
    .string()
    .describe(
      'what is restored; of a `response` its id, `resp_…`, not the session of its turns in `gateway_conversations`',
    ),
  sequence: z.int().min(0).describe('grows with every checkpoint of the session'),
  kind: z.string().describe('what kind of thing it restores: `response`, `workflow`'),
  state: z.string().max(900_000).describe('JSON text, whole: whoever wrote it reads it'),
  occurred_at: z.int().min(0).describe('Unix ms'),
  schema_version: z.literal(1),
})
export type Checkpoint = z.infer<typeof Checkpoint>

export const checkpointRecorded = defineTopic({
  name: 'gateway_checkpoints',
  description:
    'The state of a session or workflow was saved, so that it can go on elsewhere or later.',
  owner: 'agent',
  keyedBy: 'tenant/session',
  order: 'Checkpoints of one session come in the order of their `sequence`.',
  dedupe: 'id',
  content: true,
  personal: 'user_id, and whatever is in `state`',
  type: 'sluice.checkpoint.recorded',
  version: 1,
  payload: Checkpoint,
  key: (checkpoint: Checkpoint) => `${checkpoint.tenant_id}/${checkpoint.session_id}`,
  partitions: 12,
  retentionMs: 14 * days,
  compacted: false,
  // A state of 900,000 characters, in UTF-8 and escaped once more.
  maxMessageBytes: 8 * 1024 * 1024,
})
