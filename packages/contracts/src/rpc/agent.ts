import { z } from 'zod'
import { KeyId, RequestId, TenantId } from '../ids.ts'
import { defineRpc } from './rpc.ts'

/** Only the key that made a response can see it: to anybody else it is as unknown as one that never was. */
export const ResponseOwner = z.object({ tenantId: TenantId, keyId: KeyId })
export type ResponseOwner = z.infer<typeof ResponseOwner>

const named = z.object({ id: RequestId, owner: ResponseOwner })
/** A JSON text: it travels as it is kept, and only who needs its inside parses it. */
const json = z.string()

/** What a caller may come back to. Kept before its generation, whose id it has, is accepted; idempotent by that id. */
export const keepResponse = defineRpc({
  name: 'agent.keep-response',
  request: named.extend({
    previousId: RequestId.nullable(),
    background: z.boolean(),
    stream: z.boolean(),
    /** As the caller named it. */
    model: z.string(),
    /** What is new in this turn: an array of items. */
    input: json,
    /** The call without model and input. */
    asked: json,
    /** Unix ms. */
    createdAt: z.int(),
  }),
  reply: z.object({}),
})

/** Queue of ids whose generation has ended: a hint, for a response to be ended at once. Idempotent. */
export const endedResponses = 'agent.ended-responses'
export const EndedResponse = named

/** One response with its input, running or ended; null when there is none for this owner. */
export const readResponse = defineRpc({
  name: 'agent.read-response',
  request: named,
  reply: z
    .object({
      background: z.boolean(),
      stream: z.boolean(),
      ended: z.boolean(),
      response: json,
      /** An array of items. */
      input: json,
    })
    .nullable(),
})

/**
 * Everything that was said up to and with a response, the oldest first, as an array of items; null when it, or one that it goes on from, is not
 * there for this owner. Throws `response_in_progress` (400) when it has not ended.
 */
export const readConversation = defineRpc({
  name: 'agent.read-conversation',
  request: named,
  reply: z.object({ items: json }).nullable(),
})

export const deleteResponse = defineRpc({
  name: 'agent.delete-response',
  request: named,
  reply: z.object({ deleted: z.boolean() }),
})
