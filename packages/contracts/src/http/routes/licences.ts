import { z } from 'zod'
import { LimitWindow } from '../../limits.ts'
import { pageOf, pageQuery } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { moment, time } from '../shapes.ts'

const common = { owner: 'auth', tag: 'Licences' } as const
const platform = { roles: ['owner'], platform: true } as const
const admins = { roles: ['owner', 'admin'] } as const

const flags = z.array(z.string().min(1).max(64)).max(200)
const quantity = z.string().regex(/^\d+(\.\d+)?(m|Ki|Mi|Gi|Ti)?$/, 'such as 500m, 2 or 512Mi')

export const ContainerSize = z.strictObject({
  memory: quantity,
  cpu: quantity,
  disk: quantity,
  /** Null = never. */
  idle_minutes: z.int().positive().nullable(),
})

const TierLimit = z
  .strictObject({
    metric: z.enum(['requests', 'tokens', 'concurrency']),
    window: LimitWindow.nullable().describe('Null for concurrency, and only there'),
    max: z.int().min(0),
  })
  .refine(({ metric, window }) => (metric === 'concurrency') === (window === null), {
    error: 'everything but concurrency has a window',
    path: ['window'],
  })

export const TierSettings = z.strictObject({
  rank: z.int().min(1).max(1_000).describe('A higher one has whatever a lower one has'),
  features: flags.describe('What it adds to the flags of all lower ranks'),
  limits: z.array(TierLimit).max(20),
  projects: z.int().min(1).nullable(),
  container: ContainerSize,
  weight: z.int().min(1).max(100),
})

export const TierView = z.object({
  name: z.string(),
  ...TierSettings.shape,
  /** With those of all lower ranks. */
  all_features: z.array(z.string()),
})
export type TierView = z.infer<typeof TierView>

export const LicenceView = z.object({
  /** What counts now: after expiry the lowest tier. */
  tier: z.string(),
  features: z.array(z.string()),
  limits: z.array(
    z.object({
      name: z.string(),
      metric: z.string(),
      window: z.string().nullable(),
      max: z.number(),
    }),
  ),
  /** How many the tenant may have; null = any number. */
  projects: z.number().nullable(),
  container: ContainerSize,
  expires_at: time.nullable(),
  signed: z.boolean(),
})

export const UserLicenceSettings = z.strictObject({
  tier: z.string().min(1).max(64),
  email: z.email().max(254).nullish(),
  features: flags.nullish().describe('Null = those of the tier'),
  container: ContainerSize.nullish().describe('Null = that of the tier'),
  expires_at: moment.nullish(),
})

export const UserLicenceView = z.object({
  id: z.string(),
  tier: z.string(),
  email: z.string().nullable(),
  features: z.array(z.string()).nullable(),
  container: ContainerSize.nullable(),
  mcp_server_url: z.string().nullable(),
  expires_at: time.nullable(),
  created_at: time,
  updated_at: time,
})
export type UserLicenceView = z.infer<typeof UserLicenceView>

const userParams = z.strictObject({ user: z.string().min(1).max(64) })

export const readLicence = defineRoute({
  ...common,
  id: 'licences.read',
  method: 'GET',
  path: '/v1/licences',
  summary: 'The licence that counts for the caller',
  access: 'authenticated',
  status: 200,
  reply: LicenceView,
  errors: ['resource_not_found'],
})
export const pasteLicence = defineRoute({
  ...common,
  id: 'licences.paste',
  method: 'POST',
  path: '/v1/licences',
  summary: 'Takes a signed licence, if its signature is good; otherwise all stays as it was',
  access: platform,
  body: z.strictObject({ token: z.string().min(1).max(16_384) }),
  status: 200,
  reply: z.object({ tenant: z.string(), tier: z.string(), expires_at: time }),
  errors: ['licence_invalid', 'resource_not_found'],
})
export const listTiers = defineRoute({
  ...common,
  id: 'licences.tiers.list',
  method: 'GET',
  path: '/v1/licences/tiers',
  summary: 'The ladder of licence tiers, the lowest first',
  access: 'authenticated',
  status: 200,
  reply: pageOf(TierView),
})
export const putTier = defineRoute({
  ...common,
  id: 'licences.tiers.put',
  method: 'PUT',
  path: '/v1/licences/tiers/{name}',
  summary: 'Adds or replaces a tier, if it leaves the ladder one: none has less than a lower one',
  access: platform,
  params: z.strictObject({ name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/) }),
  body: TierSettings,
  status: 200,
  reply: TierView,
  errors: ['tiers_not_monotone'],
})
export const applyTier = defineRoute({
  ...common,
  id: 'licences.tiers.apply',
  method: 'POST',
  path: '/v1/licences/tiers/{name}/apply',
  summary: 'Rewrites the licences of all users of a tier as the tier is now',
  access: platform,
  params: z.strictObject({ name: z.string().min(1).max(64) }),
  status: 200,
  reply: z.object({ users: z.int() }),
  errors: ['resource_not_found'],
})
export const listUserLicences = defineRoute({
  ...common,
  id: 'licences.users.list',
  method: 'GET',
  path: '/v1/licences/users',
  summary: 'Licences of users, which count where they are stricter than the tenant’s',
  access: admins,
  query: z.strictObject(pageQuery),
  status: 200,
  reply: pageOf(UserLicenceView),
})
export const putUserLicence = defineRoute({
  ...common,
  id: 'licences.users.put',
  method: 'PUT',
  path: '/v1/licences/users/{user}',
  summary: 'Gives a user a licence, or another one',
  access: admins,
  params: userParams,
  body: UserLicenceSettings,
  status: 200,
  reply: UserLicenceView,
  errors: ['resource_not_found', 'already_exists'],
})
export const removeUserLicence = defineRoute({
  ...common,
  id: 'licences.users.remove',
  method: 'DELETE',
  path: '/v1/licences/users/{user}',
  summary: 'Leaves a user with the licence of the tenant',
  access: admins,
  params: userParams,
  status: 204,
  errors: ['resource_not_found'],
})

export const licenceRoutes: readonly Route[] = [
  readLicence,
  pasteLicence,
  listTiers,
  putTier,
  applyTier,
  listUserLicences,
  putUserLicence,
  removeUserLicence,
]
