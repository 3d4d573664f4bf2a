import { z } from 'zod'
import type { Role } from '../../access.ts'
import { AliasRow, ModelRow } from '../../rows/model-row.ts'
import { ProviderAuthRow, ProviderRow } from '../../rows/provider-row.ts'
import { RowName } from '../../rows/row-name.ts'
import { WireName } from '../../wire-name.ts'
import { pageOf } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { time } from '../shapes.ts'

/** Who looks after what runs. */
const roles: readonly Role[] = ['owner', 'admin', 'operator']
const access = { roles } as const
const common = { owner: 'router', tag: 'Providers', access } as const
const named = z.strictObject({ name: z.string().min(1).max(128) })
const namedModel = z.strictObject({
  name: z.string().min(1).max(128),
  model: z.string().min(1).max(128),
})

/** Everybody's rows take the platform right; who has it means them unless it says otherwise. */
const shared = z.boolean().optional().describe('For all tenants; default: if the caller may')

/** A member that is null goes back to what its absence means. */
function patchOf<Shape extends z.ZodRawShape>(shape: Shape) {
  const members = Object.entries(shape).map(([name, member]) => [
    name,
    (member as z.ZodType).nullable().optional(),
  ])
  return z.strictObject(
    Object.fromEntries(members) as {
      [Name in keyof Shape]: z.ZodOptional<z.ZodNullable<Shape[Name] & z.ZodType>>
    },
  )
}

const { name: _name, ...providerMembers } = ProviderRow.shape
const { name: _model, provider: _provider, ...modelMembers } = ModelRow.shape

/** Its secrets as `••••1234`. */
const MaskedAuth = z.record(z.string(), z.union([z.string(), z.array(z.string())]))

/** One provider-adapter's view of it, at most some seconds old. */
export const ProviderReplica = z.object({
  instance: z.string(),
  /** `unknown`: nobody has looked yet. */
  status: z.enum(['up', 'down', 'credential_refused', 'unknown']),
  /** Tenants whose calls are refused for now. */
  circuits_open: z.int(),
  /** Calls under way, and those that wait for a place. */
  calls: z.int(),
  waiting: z.int(),
  keys: z.int(),
  keys_resting: z.int(),
  at: time,
})
export type ProviderReplica = z.infer<typeof ProviderReplica>

export const ProviderView = z.object({
  name: z.string(),
  wire: WireName,
  /** `file` and `environment` rows are changed there. `registry`: the backend renews it. */
  origin: z.enum(['file', 'environment', 'built-in', 'database', 'registry']),
  read_only: z.boolean(),
  /** Everybody's, not this tenant's alone. */
  shared: z.boolean(),
  enabled: z.boolean(),
  /** As it was written; what is everybody's shows it to who stands above tenants. */
  base_url: z.string().optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  auth: MaskedAuth,
  models: z.array(z.string()),
  lease_ends_at: time.optional(),
  updated_at: time.optional(),
  /** Provider-adapters that have called it. */
  health: z.array(ProviderReplica),
})
export type ProviderView = z.infer<typeof ProviderView>

/** Where a row is written, and whether it is this caller's to change. */
const written = {
  origin: ProviderView.shape.origin,
  read_only: z.boolean(),
  shared: z.boolean(),
  /** Of rows of the database. */
  updated_at: time.optional(),
}

export const ModelView = z.object({ ...ModelRow.shape, ...written })
export type ModelView = z.infer<typeof ModelView>
export const AliasView = z.object({ name: z.string(), ...AliasRow.shape, ...written })
export type AliasView = z.infer<typeof AliasView>

const notFound = 'row_not_found'
const changing = [notFound, 'row_read_only', 'row_invalid', 'changed_meanwhile'] as const
const withKey = [...changing, 'encryption_key_missing', 'outbound_refused'] as const

export const listProviders = defineRoute({
  ...common,
  id: 'providers.list',
  method: 'GET',
  path: '/v1/providers',
  summary: 'Providers that this tenant can call',
  status: 200,
  reply: pageOf(ProviderView),
})
export const createProvider = defineRoute({
  ...common,
  id: 'providers.create',
  method: 'POST',
  path: '/v1/providers',
  summary: 'Adds a provider; its credential is never shown again',
  body: ProviderRow.extend({ shared }),
  secret: true,
  status: 201,
  reply: ProviderView,
  errors: ['name_taken', 'too_many_rows', ...withKey],
})
export const readProvider = defineRoute({
  ...common,
  id: 'providers.read',
  method: 'GET',
  path: '/v1/providers/{name}',
  summary: 'One provider, and how it stands',
  params: named,
  status: 200,
  reply: ProviderView,
  errors: [notFound],
})
export const changeProvider = defineRoute({
  ...common,
  id: 'providers.change',
  method: 'PATCH',
  path: '/v1/providers/{name}',
  summary: 'Changes members of a provider; another host takes the credential again',
  params: named,
  body: patchOf(providerMembers),
  secret: true,
  status: 200,
  reply: ProviderView,
  errors: withKey,
})
export const removeProvider = defineRoute({
  ...common,
  id: 'providers.remove',
  method: 'DELETE',
  path: '/v1/providers/{name}',
  summary: 'Removes a provider and its models',
  params: named,
  status: 204,
  errors: changing,
})
export const setProviderKey = defineRoute({
  ...common,
  id: 'providers.set_key',
  method: 'PUT',
  path: '/v1/providers/{name}/api-key',
  summary: 'Replaces the credential: calls under way end on the old one, the next have the new one',
  params: named,
  body: z.union([
    z.strictObject({ key: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]) }),
    z.strictObject({ auth: ProviderAuthRow }),
  ]),
  secret: true,
  status: 200,
  reply: ProviderView,
  errors: withKey,
})
export const enableProvider = defineRoute({
  ...common,
  id: 'providers.enable',
  method: 'POST',
  path: '/v1/providers/{name}/enable',
  summary: 'Puts it and its models back',
  params: named,
  status: 200,
  reply: ProviderView,
  errors: changing,
})
export const disableProvider = defineRoute({
  ...common,
  id: 'providers.disable',
  method: 'POST',
  path: '/v1/providers/{name}/disable',
  summary: 'Takes it and its models out of routing',
  params: named,
  status: 200,
  reply: ProviderView,
  errors: changing,
})
export const resetProvider = defineRoute({
  ...common,
  id: 'providers.reset',
  method: 'POST',
  path: '/v1/providers/{name}/reset',
  summary: 'Closes its circuits and wakes its keys, in every provider-adapter',
  params: named,
  status: 202,
  reply: z.object({ name: z.string(), status: z.literal('resetting') }),
  errors: [notFound],
})
export const testProvider = defineRoute({
  ...common,
  id: 'providers.test',
  method: 'POST',
  path: '/v1/providers/{name}/test',
  summary: 'Asks it for its models with its credential: no call that costs',
  params: named,
  status: 200,
  reply: z.object({
    ok: z.boolean(),
    /** Of its answer; null = there was none. */
    status: z.int().nullable(),
    latency_ms: z.number(),
    problem: z.string().nullable(),
  }),
  readOnly: true,
  errors: [notFound],
})
export const listProviderModels = defineRoute({
  ...common,
  id: 'providers.models.list',
  method: 'GET',
  path: '/v1/providers/{name}/models',
  summary: 'Models of a provider; those of the file or the environment are read-only',
  params: named,
  status: 200,
  reply: pageOf(ModelView),
  errors: [notFound],
})
export const createProviderModel = defineRoute({
  ...common,
  id: 'providers.models.create',
  method: 'POST',
  path: '/v1/providers/{name}/models',
  summary: 'Adds a model; without a price it takes price: free',
  params: named,
  body: ModelRow.omit({ provider: true }),
  status: 201,
  reply: ModelView,
  errors: ['name_taken', 'too_many_rows', ...changing],
})
export const changeProviderModel = defineRoute({
  ...common,
  id: 'providers.models.change',
  method: 'PATCH',
  path: '/v1/providers/{name}/models/{model}',
  summary: 'Changes members of a model; a slash in its name is written %2F',
  params: namedModel,
  body: patchOf(modelMembers),
  status: 200,
  reply: ModelView,
  errors: changing,
})
export const removeProviderModel = defineRoute({
  ...common,
  id: 'providers.models.remove',
  method: 'DELETE',
  path: '/v1/providers/{name}/models/{model}',
  summary: 'Removes a model',
  params: namedModel,
  status: 204,
  errors: changing,
})
export const listAliases = defineRoute({
  ...common,
  id: 'aliases.list',
  method: 'GET',
  path: '/v1/aliases',
  summary: 'Aliases that this tenant can call; those of the file are read-only',
  status: 200,
  reply: pageOf(AliasView),
})
export const putAlias = defineRoute({
  ...common,
  id: 'aliases.put',
  method: 'PUT',
  path: '/v1/aliases/{name}',
  summary: 'Makes or changes an alias of a model',
  params: z.strictObject({ name: RowName }),
  body: AliasRow.extend({ shared }),
  status: 200,
  reply: AliasView,
  errors: ['name_taken', 'too_many_rows', ...changing],
})
export const removeAlias = defineRoute({
  ...common,
  id: 'aliases.remove',
  method: 'DELETE',
  path: '/v1/aliases/{name}',
  summary: 'Removes an alias',
  params: named,
  status: 204,
  errors: changing,
})

export const providerRoutes: readonly Route[] = [
  listProviders,
  createProvider,
  readProvider,
  changeProvider,
  removeProvider,
  setProviderKey,
  enableProvider,
  disableProvider,
  resetProvider,
  testProvider,
  listProviderModels,
  createProviderModel,
  changeProviderModel,
  removeProviderModel,
  listAliases,
  putAlias,
  removeAlias,
]
