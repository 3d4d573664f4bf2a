import { z } from 'zod'
import { KeyId, RequestId, TenantId, UserId } from '../ids.ts'
import { defineRpc } from './rpc.ts'

/** Somebody with an account, and the keys that are theirs. */
export const Person = z.object({ tenantId: TenantId, userId: UserId, keyIds: z.array(KeyId) })
export type Person = z.infer<typeof Person>

const page = { after: RequestId.nullable(), limit: z.int().min(1).max(1_000) }

export const PersonalResponse = z.object({
  id: RequestId,
  model: z.string(),
  /** JSON, as it is kept. */
  input: z.string(),
  /** Null while it runs. */
  response: z.string().nullable(),
  createdAt: z.int(),
})
export type PersonalResponse = z.infer<typeof PersonalResponse>

/** Stored responses that were made with these keys, in the order of their ids. */
export const listPersonalResponses = defineRpc({
  name: 'agent.list-personal-responses',
  request: Person.extend(page),
  reply: z.object({ responses: z.array(PersonalResponse) }),
})

/** Removes the stored responses that were made with these keys, and those of these generations. Idempotent. */
export const erasePersonalResponses = defineRpc({
  name: 'agent.erase-personal-responses',
  request: Person.extend({ ids: z.array(RequestId) }),
  reply: z.object({ erased: z.int() }),
})

export const PersonalCall = z.object({
  id: RequestId,
  model: z.string(),
  state: z.string(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  amountNanoUsd: z.int(),
  acceptedAt: z.int(),
  /** What was published, while the archive has it. */
  answer: z.string().nullable(),
})
export type PersonalCall = z.infer<typeof PersonalCall>

/** Bills of somebody, in the order of their ids; `withAnswers` reads the archive, too. */
export const listPersonalCalls = defineRpc({
  name: 'usage.list-personal-calls',
  request: Person.extend({ ...page, withAnswers: z.boolean() }),
  reply: z.object({ calls: z.array(PersonalCall) }),
})

/** Removes what was said in these calls from the archive. Bills stay. Idempotent. */
export const erasePersonalCalls = defineRpc({
  name: 'usage.erase-personal-calls',
  request: Person.extend({ ids: z.array(RequestId) }),
  reply: z.object({ erased: z.int() }),
})

/** Puts another name in the place of somebody's in all bills: money stays, who it was does not. Idempotent; after it nothing leads from the person to their calls. */
export const renamePersonalCalls = defineRpc({
  name: 'usage.rename-personal-calls',
  request: Person.extend({ pseudonym: z.string().min(1).max(64) }),
  reply: z.object({ renamed: z.int() }),
})
