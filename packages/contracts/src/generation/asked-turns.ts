import { z } from 'zod'
import { TurnAttachment, TurnRole, TurnToolCall } from '../topics/conversation-turn-recorded.ts'

/** One message that a call brought along; see `ConversationTurn`. */
export const AskedTurn = z.object({
  role: TurnRole,
  content: z.string(),
  attachments: z.array(TurnAttachment).optional(),
  tool_calls: z.array(TurnToolCall).optional(),
  /** Only the beginning of the text is here. */
  truncated: z.boolean().optional(),
})
export type AskedTurn = z.infer<typeof AskedTurn>

/** What a call adds to its conversation, but for the answer. */
export const AskedTurns = z.object({
  /** As the caller groups its calls; the request id where it does not. */
  session_id: z.string(),
  turns: z.array(AskedTurn),
})
export type AskedTurns = z.infer<typeof AskedTurns>
