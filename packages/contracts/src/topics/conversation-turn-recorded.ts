import { z } from 'zod'
import { RequestId, TenantId } from '../ids.ts'
import { defineTopic } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** Longest text of one turn that is kept whole, UTF-16 code units; of a longer one this much is, and `truncated` says so. */
export const maxTurnCharacters = 262_144

export const TurnRole = z.enum(['user', 'assistant', 'system', 'tool'])
export type TurnRole = z.infer<typeof TurnRole>

/** A file that a turn carried: what it was, never its bytes. */
export const TurnAttachment = z.object({
  kind: z.enum(['image', 'audio', 'document']),
  /** `image/png`; null = not said. */
  media_type: z.string().nullable(),
  /** Of the file, decoded; null = it was named by its address. */
  bytes: z.int().min(0).nullable(),
})
export type TurnAttachment = z.infer<typeof TurnAttachment>

/** A tool that the model asked for, or (in a turn of role `tool`) the call that is answered. */
export const TurnToolCall = z.object({
  id: z.string(),
  name: z.string(),
  /** JSON as the model wrote it; empty in a turn of role `tool`. */
  arguments: z.string(),
})
export type TurnToolCall = z.infer<typeof TurnToolCall>

export const TurnMetadata = z.object({
  /** By which the call came: `http`. */
  channel: z.string(),
  /** Catalogue name of the model that answered; the requested name when none did. */
  model: z.string(),
  provider: z.string().nullable(),
  /** Of the answer's turn; null in the others. */
  input_tokens: z.int().min(0).nullable(),
  output_tokens: z.int().min(0).nullable(),
  /** Of the answer's turn: `stop`, `length`, `tool_calls`, `content_filter`; null = it did not complete. */
  finish_reason: z.string().nullable(),
  attachments: z.array(TurnAttachment),
  tool_calls: z.array(TurnToolCall),
  /** Only the beginning of the text is here. */
  truncated: z.boolean(),
})
export type TurnMetadata = z.infer<typeof TurnMetadata>

/**
 * One message that a call added to its conversation: those after the last answer that the caller sent along, and the answer. What a client
 * repeats of its history is not recorded again.
 */
export const ConversationTurn = z.object({
  /** `<request_id>:<turn>`: the same on every repetition. What readers dedupe on. */
  id: z.string(),
  tenant_id: TenantId,
  /** The person; where a key is nobody's in particular, the key. */
  user_id: z.string(),
  /** As the caller groups its calls; the request id where it does not. */
  session_id: z.string(),
  request_id: RequestId,
  /** Place among the turns of the request, from 0; the answer is the last. */
  turn: z.int().min(0),
  role: TurnRole,
  content: z.string().max(maxTurnCharacters),
  metadata: TurnMetadata,
  /** Unix ms: of acceptance for what was asked, of the end for the answer. */
  occurred_at: z.int().min(0),
  schema_version: z.literal(1),
})
export type ConversationTurn = z.infer<typeof ConversationTurn>

export const conversationTurnRecorded = defineTopic({
  name: 'gateway_conversations',
  description:
    'A message of a conversation, asked or answered. Written when the generation that it belongs to has ended, in the transaction of its bill.',
  keyedBy: 'tenant/user',
  content: true,
  type: 'sluice.conversation.turn-recorded',
  version: 1,
  payload: ConversationTurn,
  key: (turn: ConversationTurn) => `${turn.tenant_id}/${turn.user_id}`,
  partitions: 12,
  retentionMs: 14 * days,
  compacted: false,
})
