import {
  listGenerationTurns,
  listSessionTurns,
  type TurnView,
} from '@sluice/contracts/http/routes/conversations'
import { timeOf } from '@sluice/contracts/http/shapes'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { GatewayError } from '@sluice/kernel/errors'
import type { LakeReader, Turn, Whose } from '@sluice/lake/lake-reader'
import { handle, type Handled } from '@sluice/management'
import { lakeServiceErrors } from './errors.ts'

/** `reader` is asked for when somebody reads, and may refuse. */
export function conversationHandlers(reader: () => Promise<LakeReader>): readonly Handled[] {
  return [
    handle(listSessionTurns, async ({ principal, params, query }) => {
      const { limit, after = null } = query
      // One more tells whether there are more.
      const page = { after, limit: limit + 1 }
      const turns = await (await reader()).session(params.session_id, own(principal), page)
      if (turns.length === 0 && after === null)
        throw new GatewayError(lakeServiceErrors.conversation_not_found)
      return { body: pageOf(turns, limit) }
    }),

    handle(listGenerationTurns, async ({ principal, params }) => {
      const turns = await (await reader()).turnsOf(params.id, own(principal))
      if (turns.length === 0) throw new GatewayError(lakeServiceErrors.generation_not_found)
      return { body: pageOf(turns, turns.length) }
    }),
  ]
}

/** Whoever asks for what is another's is told what one is told who asks for what is not there. */
function own({ caller }: Principal): Whose {
  return { tenantId: caller.tenantId, userIds: [caller.userId ?? caller.keyId] }
}

function pageOf(turns: readonly Turn[], limit: number) {
  const data = turns.slice(0, limit).map(viewOf)
  return {
    object: 'list' as const,
    data,
    has_more: turns.length > limit,
    last_id: data.at(-1)?.id ?? null,
  }
}

function viewOf(turn: Turn): TurnView {
  return {
    id: turn.id,
    request_id: turn.requestId,
    session_id: turn.sessionId,
    turn: turn.turn,
    role: turn.role,
    content: turn.content,
    metadata: JSON.parse(turn.metadata) as TurnView['metadata'],
    occurred_at: timeOf(turn.occurredAt),
  }
}
