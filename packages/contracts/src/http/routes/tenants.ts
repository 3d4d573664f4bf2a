import { z } from 'zod'
import { pageOf, pageQuery } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { chosenId, displayName, moment, params, time } from '../shapes.ts'

const common = {
  owner: 'auth',
  tag: 'Tenants',
  access: { roles: ['owner'], platform: true },
} as const

const licence = {
  tier: z.string().min(1).max(64).describe('Name of a licence tier'),
  features: z
    .array(z.string().min(1).max(64))
    .max(200)
    .nullable()
    .describe('Flags instead of those of the tier; null = the tier’s'),
  licence_expires_at: moment.nullable().describe('From then on the lowest tier counts'),
}

export const NewTenant = z.strictObject({
  id: chosenId,
  name: displayName.optional(),
  tier: licence.tier.default('enterprise'),
  features: licence.features.optional(),
  licence_expires_at: licence.licence_expires_at.optional(),
})
export type NewTenant = z.output<typeof NewTenant>

export const TenantChanges = z.strictObject({
  name: displayName.optional(),
  status: z.enum(['active', 'disabled']).optional(),
  tier: licence.tier.optional(),
  features: licence.features.optional(),
  licence_expires_at: licence.licence_expires_at.optional(),
})
export type TenantChanges = z.output<typeof TenantChanges>

export const TenantView = z.object({
  id: z.string(),
  name: z.string(),
  /** The keys and sessions of a disabled one are refused. */
  status: z.enum(['active', 'disabled']),
  tier: z.string(),
  features: z.array(z.string()).nullable(),
  licence_expires_at: time.nullable(),
  /** A signed licence says so. */
  licence_signed: z.boolean(),
  created_at: time,
})
export type TenantView = z.infer<typeof TenantView>

export const createTenant = defineRoute({
  ...common,
  id: 'tenants.create',
  secret: true,
  method: 'POST',
  path: '/v1/tenants',
  summary:
    'Makes a tenant with a project `default` and a key of its owner, which this answer alone shows',
  body: NewTenant,
  status: 201,
  reply: TenantView.extend({ key_id: z.string(), key: z.string() }),
  errors: ['already_exists', 'resource_not_found'],
})
export const listTenants = defineRoute({
  ...common,
  id: 'tenants.list',
  method: 'GET',
  path: '/v1/tenants',
  summary: 'All tenants',
  query: z.strictObject(pageQuery),
  status: 200,
  reply: pageOf(TenantView),
})
export const readTenant = defineRoute({
  ...common,
  id: 'tenants.read',
  method: 'GET',
  path: '/v1/tenants/{id}',
  summary: 'One tenant',
  params: params.id,
  status: 200,
  reply: TenantView,
  errors: ['resource_not_found'],
})
export const updateTenant = defineRoute({
  ...common,
  id: 'tenants.update',
  method: 'PATCH',
  path: '/v1/tenants/{id}',
  summary: 'Changes a tenant or its licence, disables it and enables it again',
  params: params.id,
  body: TenantChanges,
  status: 200,
  reply: TenantView,
  errors: ['resource_not_found', 'not_editable'],
})

export const tenantRoutes: readonly Route[] = [createTenant, listTenants, readTenant, updateTenant]
