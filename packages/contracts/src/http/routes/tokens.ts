import { z } from 'zod'
import { Role } from '../../access.ts'
import { pageOf, pageQuery } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { chosenId, displayName, modelGlobs, moment, params, time, usd } from '../shapes.ts'

const common = {
  owner: 'auth',
  tag: 'Tokens',
  access: { roles: ['owner', 'admin', 'project_admin', 'user'] },
  feature: 'API_KEYS',
} as const

const count = z
  .int()
  .min(1, 'an integer of at least 1; null = unlimited')
  .max(1_000_000_000, 'at most 1000000000; null = unlimited')

export const TokenLimits = z.strictObject({
  requests_per_minute: count.nullish(),
  tokens_per_minute: count.nullish(),
  /** Calls at once. */
  concurrency: count.nullish(),
})

export const TokenBudget = z.strictObject({ usd, window: z.enum(['day', 'month', 'total']) })

/** What may be changed later. Absent on creation: as the credential that makes it. */
const settings = {
  name: displayName,
  scopes: z
    .array(
      z
        .string()
        .max(200)
        .regex(/^\/[\w*./{}-]*$/, 'the path of a route, such as /v1/chat/*'),
    )
    .min(1)
    .max(100)
    .nullish()
    .describe('Globs over the paths of routes; null = all that the role may call'),
  models: modelGlobs.min(1).nullish().describe('Globs; null = all models of the project'),
  limits: TokenLimits.nullish(),
  budget: TokenBudget.nullish(),
  expires_at: moment.nullish(),
  ip_allow: z
    .array(z.string().max(64))
    .min(1)
    .max(100)
    .nullish()
    .describe('CIDR ranges; null = from anywhere'),
  max_body_bytes: z.int().min(1).max(1_000_000_000).nullish(),
}

export const TokenSettings = z.strictObject({ ...settings, name: displayName.optional() })
export type TokenSettings = z.output<typeof TokenSettings>

export const NewToken = z.strictObject({
  ...settings,
  project: chosenId.optional().describe('Default: that of the caller'),
  role: Role.optional().describe('Never more than that of the caller; default: user'),
})
export type NewToken = z.output<typeof NewToken>

export const TokenView = z.object({
  id: z.string(),
  name: z.string(),
  /** How the key begins. */
  prefix: z.string(),
  project: z.string(),
  /** Whose it is; null = nobody's in particular. */
  user: z.string().nullable(),
  role: Role,
  /** `file` and `bootstrap` keys are changed where they are written. */
  origin: z.enum(['api', 'file', 'bootstrap']),
  scopes: z.array(z.string()).nullable(),
  models: z.array(z.string()).nullable(),
  limits: z.object({
    requests_per_minute: z.number().nullable(),
    tokens_per_minute: z.number().nullable(),
    concurrency: z.number().nullable(),
  }),
  budget: z.object({ usd: z.number(), window: TokenBudget.shape.window }).nullable(),
  ip_allow: z.array(z.string()).nullable(),
  max_body_bytes: z.number().nullable(),
  /** Id of the key it was made with. */
  made_by: z.string().nullable(),
  created_at: time,
  expires_at: time.nullable(),
  /** Late by up to a minute. */
  last_used_at: time.nullable(),
  revoked_at: time.nullable(),
})
export type TokenView = z.infer<typeof TokenView>

export const createToken = defineRoute({
  ...common,
  id: 'tokens.create',
  secret: true,
  method: 'POST',
  path: '/v1/tokens',
  summary: 'Makes an API key, which this answer alone shows',
  body: NewToken,
  status: 201,
  reply: z.object({ id: z.string(), key: z.string() }),
  errors: ['resource_not_found', 'limit_reached'],
})
export const listTokens = defineRoute({
  ...common,
  id: 'tokens.list',
  method: 'GET',
  path: '/v1/tokens',
  summary: 'API keys, without the keys',
  query: z.strictObject({
    ...pageQuery,
    project: chosenId.optional(),
    made_by: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Id of the key that they were made with, or of the user who made them'),
  }),
  status: 200,
  reply: pageOf(TokenView),
})
export const readToken = defineRoute({
  ...common,
  id: 'tokens.read',
  method: 'GET',
  path: '/v1/tokens/{id}',
  summary: 'One API key, without the key',
  params: params.id,
  status: 200,
  reply: TokenView,
  errors: ['resource_not_found'],
})
export const updateToken = defineRoute({
  ...common,
  id: 'tokens.update',
  method: 'PATCH',
  path: '/v1/tokens/{id}',
  summary: 'Changes what an API key may do; absent members stay as they are',
  params: params.id,
  body: TokenSettings,
  status: 200,
  reply: TokenView,
  errors: ['resource_not_found', 'not_editable'],
})
export const revokeToken = defineRoute({
  ...common,
  id: 'tokens.revoke',
  method: 'DELETE',
  path: '/v1/tokens/{id}',
  summary: 'Revokes an API key everywhere within five seconds; again is the same',
  params: params.id,
  query: z.strictObject({
    with_made: z
      .stringbool()
      .default(false)
      .describe('Also the keys that were made with it, and with those'),
  }),
  status: 200,
  reply: z.object({
    id: z.string(),
    revoked_at: time,
    /** Ids of keys that were made with it and are revoked by this call. */
    made: z.array(z.string()),
  }),
  errors: ['resource_not_found', 'not_editable', 'last_owner'],
})

export const tokenRoutes: readonly Route[] = [
  createToken,
  listTokens,
  readToken,
  updateToken,
  revokeToken,
]
