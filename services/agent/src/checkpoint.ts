import type { UserId } from '@sluice/contracts/ids'
import { checkpointRecorded } from '@sluice/contracts/topics/checkpoint-recorded'
import { toEvent } from '@sluice/event-log/cloud-events'
import type { OutboxBatch } from '@sluice/store/outbox'
import type { StoredResponse } from '@sluice/store/response-store'

/** Of the state, UTF-16 code units: what the topic takes. */
const maxStateCharacters = 900_000

/**
 * A response that has ended, whole: whoever has it and those that it goes on from (`previousId`) can keep them again (`ResponseStore.keep`, `end`)
 * and go on from there. A session of its own, which never changes any more. None where it is more than the topic takes.
 */
export function checkpointOf(
  { id, tenantId, keyId, ...stored }: StoredResponse,
  response: string,
  { userId, at }: { readonly userId: UserId | null; readonly at: number },
): readonly OutboxBatch[] {
  const state = JSON.stringify({ ...stored, id, keyId, response })
  if (state.length > maxStateCharacters) return []
  const session = `resp_${id}`
  const checkpoint = {
    id: `${session}:0`,
    tenant_id: tenantId,
    user_id: userId ?? keyId,
    session_id: session,
    sequence: 0,
    kind: 'response',
    state,
    occurred_at: at,
    schema_version: 1,
  } as const
  const event = toEvent(checkpointRecorded, checkpoint, {
    id: checkpoint.id,
    source: '/sluice/agent',
    subject: session,
    time: at,
    tenant: tenantId,
  })
  return [{ topic: checkpointRecorded.name, events: [event] }]
}
