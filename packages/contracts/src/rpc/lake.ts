import { z } from 'zod'
import { TenantId } from '../ids.ts'
import { Person } from './personal-data.ts'
import { defineRpc } from './rpc.ts'

/**
 * Removes what somebody wrote and was answered from the lake, and their name from the rows that stay; resolves when no file has either any more.
 * Idempotent. `elsewhere`: the tables are in a catalogue that Flink writes, from which whoever maintains them erases.
 */
export const eraseFromLake = defineRpc({
  name: 'lake.erase',
  request: Person,
  reply: z.object({ rowsRemoved: z.int(), rowsChanged: z.int(), elsewhere: z.boolean() }),
})

export const PersonalTurn = z.object({
  /** `<request id>:<turn>`. */
  id: z.string(),
  sessionId: z.string(),
  role: z.string(),
  content: z.string(),
  occurredAt: z.int(),
})
export type PersonalTurn = z.infer<typeof PersonalTurn>

/** What somebody asked and was answered, the newest call first. `elsewhere`: the tables are where they cannot be read from here. */
export const listPersonalTurns = defineRpc({
  name: 'lake.list-personal-turns',
  request: Person.extend({ after: z.string().nullable(), limit: z.int().min(1).max(1_000) }),
  reply: z.object({ turns: z.array(PersonalTurn), elsewhere: z.boolean() }),
})

/** The newest saved state of a session, from wherever it is; null = none. */
export const restoreCheckpoint = defineRpc({
  name: 'lake.restore-checkpoint',
  request: z.object({
    tenantId: TenantId,
    /** People, and keys that are nobody's, whose it may be; null = anybody's of the tenant. */
    userIds: z.array(z.string()).nullable(),
    sessionId: z.string(),
  }),
  reply: z
    .object({
      id: z.string(),
      userId: z.string(),
      sequence: z.int(),
      kind: z.string(),
      state: z.string(),
      occurredAt: z.int(),
    })
    .nullable(),
})
