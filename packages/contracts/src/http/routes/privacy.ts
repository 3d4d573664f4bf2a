import { z } from 'zod'
import { UserId } from '../../ids.ts'
import { defineRoute, type Route } from '../route.ts'
import { time } from '../shapes.ts'
import { AccountView } from './accounts.ts'
import { TokenView } from './tokens.ts'

/** Whoever has an account may ask for their own; for another’s takes an owner or admin. */
const common = {
  owner: 'auth',
  tag: 'Privacy',
  access: { roles: ['owner', 'admin', 'project_admin', 'user', 'viewer', 'operator'] },
  params: z.strictObject({ id: UserId }),
  errors: ['user_not_found', 'not_a_user', 'resource_not_found'],
} as const

export const ErasureView = z.object({
  user_id: z.string(),
  state: z.enum(['requested', 'done']),
  /** `lake`: all is removed but what the tables of a catalogue have, which go with their next maintenance. */
  waits_for: z.enum(['lake']).nullable(),
  requested_at: time,
  finished_at: time.nullable(),
  /** What is in the bills instead of the user. */
  pseudonym: z.string(),
  /** How many were removed so far, and bills that were renamed. */
  removed: z.object({
    responses: z.int(),
    answers: z.int(),
    keys: z.int(),
    bills_renamed: z.int(),
  }),
})
export type ErasureView = z.infer<typeof ErasureView>

export const PersonalResponseView = z.object({
  id: z.string(),
  model: z.string(),
  /** JSON, as it is kept. */
  input: z.string(),
  /** Null while it runs. */
  response: z.string().nullable(),
  created_at: time,
})

export const PersonalCallView = z.object({
  id: z.string(),
  model: z.string(),
  state: z.string(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cost_nano_usd: z.int(),
  accepted_at: time,
  /** What was published, while the archive has it. */
  answer: z.string().nullable(),
})

/** One message that was asked or answered. */
export const PersonalTurnView = z.object({
  /** `<id of the call>:<turn>`. */
  id: z.string(),
  session_id: z.string(),
  role: z.string(),
  content: z.string(),
  occurred_at: time,
})

export const exportUser = defineRoute({
  ...common,
  id: 'users.export',
  method: 'GET',
  path: '/v1/users/{id}/export',
  summary:
    'Whatever is kept of a person, page by page: account, keys, stored responses, calls with their answers, what was said',
  query: z.strictObject({
    after: z.string().max(64).optional().describe('last_id of the page before'),
  }),
  status: 200,
  reply: z.object({
    /** Account and keys: on the first page. */
    account: AccountView.nullable(),
    keys: z.array(TokenView),
    responses: z.array(PersonalResponseView),
    calls: z.array(PersonalCallView),
    /** From the lake, the newest call first; after the calls. */
    turns: z.array(PersonalTurnView),
    /** The lake is in a catalogue that the gateway does not read: `conversations` there has the turns. Null: not asked on this page. */
    turns_elsewhere: z.boolean().nullable(),
    has_more: z.boolean(),
    /** What `after` of the next page takes. Null: there is none. */
    last_id: z.string().nullable(),
  }),
})

export const eraseUser = defineRoute({
  ...common,
  id: 'users.erase',
  method: 'POST',
  path: '/v1/users/{id}/erase',
  summary:
    'Removes a person and what they said from every store; bills stay under another name. Once more asks how far it is',
  status: 202,
  reply: ErasureView,
  errors: ['user_not_found', 'not_a_user', 'role_not_allowed', 'last_owner', 'resource_not_found'],
})

export const readErasure = defineRoute({
  ...common,
  id: 'users.erasure',
  method: 'GET',
  path: '/v1/users/{id}/erasure',
  summary: 'How far the removal of a person is',
  status: 200,
  reply: ErasureView,
})

export const privacyRoutes: readonly Route[] = [exportUser, eraseUser, readErasure]
