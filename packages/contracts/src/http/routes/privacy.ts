import { z } from 'zod'
import { UserId } from '../../ids.ts'
import { defineRoute, type Route } from '../route.ts'

/** Whoever has an account may ask for their own; for another’s takes an owner or admin. */
const common = {
  owner: 'auth',
  tag: 'Privacy',
  access: { roles: ['owner', 'admin', 'project_admin', 'user', 'viewer', 'operator'] },
  params: z.strictObject({ id: UserId }),
  errors: ['user_not_found', 'not_a_user'],
} as const

export const ErasureView = z.object({
  user_id: z.string(),
  state: z.enum(['requested', 'done']),
  /** Unix ms. */
  requested_at: z.int(),
  finished_at: z.int().nullable(),
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

export const exportUser = defineRoute({
  ...common,
  id: 'users.export',
  method: 'GET',
  path: '/v1/users/{id}/export',
  summary:
    'Whatever is kept of a person, page by page: account, keys, stored responses, calls with their answers',
  query: z.strictObject({
    after: z.string().max(64).optional().describe('`next` of the page before'),
  }),
  status: 200,
  reply: z.object({
    /** Account and keys: on the first page. */
    account: z.record(z.string(), z.json()).nullable(),
    keys: z.array(z.record(z.string(), z.json())),
    responses: z.array(z.record(z.string(), z.json())),
    calls: z.array(z.record(z.string(), z.json())),
    /** Null: there is no more. */
    next: z.string().nullable(),
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
  errors: ['user_not_found', 'not_a_user', 'role_not_allowed', 'last_owner'],
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
