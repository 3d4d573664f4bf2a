import { z } from 'zod'
import { RequestId, TenantId } from '../ids.ts'
import { defineTopic, openValues } from './topic.ts'

const days = 24 * 60 * 60 * 1000

/** Longest text of one turn that is kept whole, UTF-16 code units; of a longer one this much is, and `truncated` says so. */
export const maxTurnCharacters = 262_144

export const TurnRole = z.enum(['user', 'assistant', 'system', 'tool'])
export type TurnRole = z.infer<typeof TurnRole>

/** A file that a turn carried: what it was, never its bytes. */
export const TurnAttachment = z.object({
  kind: z.enum(['image', 'audio', 'document']).meta(openValues),
  media_type: z.string().nullable().describe('`image/png`; null = not said'),
  bytes: z.int().min(0).nullable().describe('of the file, decoded; null = named by its address'),
})
export type TurnAttachment = z.infer<typeof TurnAttachment>

/** A tool that the model asked for, or (in a turn of role `tool`) the call that is answered. */
export const TurnToolCall = z.object({
  id: z.string(),
  name: z.string(),
  arguments: z.string().describe('JSON as the model wrote it; empty in a turn of role `tool`'),
})
export type TurnToolCall = z.infer<typeof TurnToolCall>

export const TurnMetadata = z.object({
  channel: z.string().describe('by which the call came: `http`'),
  model: z.string().describe('that answered; the requested name when none did'),
  provider: z.string().nullable(),
  input_tokens: z
    .int()
    .min(0)
    .nullable()
    .describe(
      'of the whole call, in each answer’s turn; null in the others. To sum tokens, take `gateway_usage`',
    ),
  output_tokens: z.int().min(0).nullable().describe('likewise'),
  finish_reason: z
    .string()
    .nullable()
    .describe(
      'in the answer’s turn: `stop`, `length`, `tool_calls`, `content_filter`; null = it did not complete',
    ),
  attachments: z.array(TurnAttachment),
  tool_calls: z.array(TurnToolCall),
  truncated: z.boolean().describe('only the beginning of the text is here'),
})
export type TurnMetadata = z.infer<typeof TurnMetadata>

/**
 * One message that a call added to its conversation: those after the last answer that the caller sent along, and the answer. What a client
 * repeats of its history is not recorded again.
 */
export const ConversationTurn = z.object({
  id: z.string().describe('`<request_id>:<turn>`: the same on every repetition'),
  tenant_id: TenantId,
  user_id: z
    .string()
    .describe(
      'the person; where a key is nobody’s in particular, the id of the key (in `gateway_usage`: null)',
    ),
  session_id: z
    .string()
    .describe(
      'as the caller groups its calls, by [a header, else a member of the body](../http-api.md#request-headers); `user` of the body names it too, never `user_id`. The request id where the caller groups nothing: calls that are chained by `previous_response_id` alone are a session each',
    ),
  request_id: RequestId,
  turn: z
    .int()
    .min(0)
    .describe(
      'place among the turns of the request, answers last; of several choices (`n`) each is a turn of its own',
    ),
  role: TurnRole.describe('who said it'),
  content: z
    .string()
    .max(maxTurnCharacters)
    .describe('the text; empty also in an answer that began and could not be read any more'),
  metadata: TurnMetadata,
  occurred_at: z.int().min(0).describe('Unix ms: acceptance of what was asked, end of the answer'),
  schema_version: z.literal(1),
})
export type ConversationTurn = z.infer<typeof ConversationTurn>

export const conversationTurnRecorded = defineTopic({
  name: 'gateway_conversations',
  description:
    'A message that a call added to its conversation: one of those after the last answer that the caller sent along, or an answer. History that a caller repeats is not recorded again. Written when the generation that it belongs to has ended, in the transaction of its bill.',
  owner: 'usage',
  keyedBy: 'tenant/user',
  order:
    'Turns of one call come in their order, calls of one person in the order in which their bills were written: with several `usage` processes, those that end shortly after one another may change places. Sort by `request_id`, then `turn`, to have them as they were asked.',
  dedupe: 'id',
  content: true,
  personal: 'user_id, and whatever people wrote and were answered',
  type: 'sluice.conversation.turn-recorded',
  version: 1,
  payload: ConversationTurn,
  key: (turn: ConversationTurn) => `${turn.tenant_id}/${turn.user_id}`,
  partitions: 12,
  retentionMs: 14 * days,
  compacted: false,
})
