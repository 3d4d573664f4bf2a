import { z } from 'zod'
import type { Role } from '../../access.ts'
import { ModelRow } from '../../rows/model-row.ts'
import { ProviderRow } from '../../rows/provider-row.ts'
import { RowName } from '../../rows/row-name.ts'
import { pageOf } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { time } from '../shapes.ts'

const roles: readonly Role[] = ['owner', 'admin', 'operator']
const common = { owner: 'router', tag: 'Registry', access: { roles } } as const

/** What a backend says of itself. It has no credential of ours: it is our own. */
export const Registration = z.strictObject({
  wire: ProviderRow.shape.wire,
  also_speaks: ProviderRow.shape.also_speaks,
  base_url: ProviderRow.shape.base_url,
  /** With a price or `free`. */
  models: z
    .array(ModelRow.omit({ provider: true, fallbacks: true }))
    .min(1)
    .max(100),
  /** Calls at once. */
  capacity: z.int().positive().optional(),
  /** Seconds; renewed by registering again, best after half of it. */
  lease_s: z.int().min(5).max(3_600).default(60),
  shared: z.boolean().optional().describe('For all tenants; default: if the caller may'),
})
export type Registration = z.infer<typeof Registration>

export const RegisteredBackend = z.object({
  name: z.string(),
  wire: ProviderRow.shape.wire,
  base_url: z.string(),
  models: z.array(z.string()),
  capacity: z.int().nullable(),
  shared: z.boolean(),
  lease_ends_at: time,
})

const params = z.strictObject({ name: RowName })

export const listRegistry = defineRoute({
  ...common,
  id: 'registry.list',
  method: 'GET',
  path: '/v1/registry',
  summary: 'Backends that registered themselves',
  status: 200,
  reply: pageOf(RegisteredBackend),
})
export const register = defineRoute({
  ...common,
  id: 'registry.register',
  method: 'PUT',
  path: '/v1/registry/{name}',
  summary: 'Registers a backend, or renews its lease',
  params,
  body: Registration,
  status: 200,
  reply: RegisteredBackend,
  errors: ['name_taken', 'too_many_rows', 'row_invalid', 'changed_meanwhile', 'outbound_refused'],
})
export const deregister = defineRoute({
  ...common,
  id: 'registry.remove',
  method: 'DELETE',
  path: '/v1/registry/{name}',
  summary: 'Takes a backend out at once',
  params: z.strictObject({ name: z.string().min(1).max(128) }),
  status: 204,
  errors: ['row_not_found', 'changed_meanwhile'],
})

export const registryRoutes: readonly Route[] = [listRegistry, register, deregister]
