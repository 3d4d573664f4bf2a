import { z } from 'zod'
import { RequestId } from '../../ids.ts'
import { pageOf, pageQuery } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { time } from '../shapes.ts'
import { contentRoles } from './edge.ts'

/** One message of a conversation. */
export const TurnView = z.object({
  /** `<request id>:<turn>`. */
  id: z.string(),
  request_id: z.string(),
  session_id: z.string(),
  /** Place among the turns of the call, from 0; the answer is the last. */
  turn: z.int(),
  role: z.string(),
  content: z.string(),
  /** Channel, model, tokens, attachments. */
  metadata: z.record(z.string(), z.json()),
  occurred_at: time,
})
export type TurnView = z.infer<typeof TurnView>

const common = {
  method: 'GET',
  owner: 'lake',
  tag: 'Conversations',
  access: { roles: contentRoles },
  status: 200,
  reply: pageOf(TurnView),
} as const

export const listSessionTurns = defineRoute({
  ...common,
  id: 'conversations.turns',
  path: '/v1/conversations/{session_id}/turns',
  summary: 'What was said in a session, however long ago: the newest call first',
  params: z.strictObject({ session_id: z.string().min(1).max(512) }),
  query: z.strictObject(pageQuery),
  errors: ['conversation_not_found', 'lake_behind', 'lake_elsewhere', 'lake_unreadable'],
})

export const listGenerationTurns = defineRoute({
  ...common,
  id: 'generations.turns',
  path: '/v1/generations/{id}/turns',
  summary: 'What was asked and answered in one call, however long ago',
  params: z.strictObject({ id: RequestId }),
  errors: ['generation_not_found', 'lake_behind', 'lake_elsewhere', 'lake_unreadable'],
})

export const conversationRoutes: readonly Route[] = [listSessionTurns, listGenerationTurns]
