import type { NewKey } from '@sluice/store/auth-store'
import type {
  Budget,
  Group,
  KeyPolicy,
  Policy,
  Project,
  Tenant,
  Tier,
  UserLicence,
} from '@sluice/store/tenancy'
import { Table } from './table.ts'

const ofTenant = { tenantId: 'text', id: 'text', createdAt: 'bigint' } as const
const rule = {
  ...ofTenant,
  name: 'text',
  scope: 'text',
  target: 'text',
  window: 'text',
  models: 'jsonb',
} as const
/** `window` is a word of SQL. */
const ruleNames = { window: 'time_window' } as const

/** The tenant of a tenant is itself. */
export const tenantTable = new Table<Tenant>(
  'auth.tenants',
  {
    ...ofTenant,
    name: 'text',
    status: 'text',
    tier: 'text',
    features: 'jsonb',
    licenceExpiresAt: 'bigint',
    licenceToken: 'text',
  },
  { tenantId: 'id' },
)

export const projectTable = new Table<Project>('auth.projects', {
  ...ofTenant,
  name: 'text',
  models: 'jsonb',
  membersOnly: 'boolean',
  disabledAt: 'bigint',
})

export const groupTable = new Table<Group>('auth.groups', {
  ...ofTenant,
  name: 'text',
  models: 'jsonb',
  projects: 'jsonb',
})

export const policyTable = new Table<Policy>(
  'auth.policies',
  { ...rule, metric: 'text', max: 'bigint' },
  ruleNames,
)

export const budgetTable = new Table<Budget>(
  'auth.budgets',
  { ...rule, maxNanoUsd: 'bigint', thresholds: 'jsonb' },
  ruleNames,
)

/** Columns whose names others rely on. */
export const licenceTable = new Table<UserLicence>(
  'auth.user_licenses',
  {
    ...ofTenant,
    email: 'text',
    tier: 'text',
    features: 'jsonb',
    resourceLimits: 'jsonb',
    mcpServerUrl: 'text',
    expiresAt: 'bigint',
    updatedAt: 'bigint',
  },
  { id: 'user_id', tier: 'license_type' },
)

export const tierTable = new Table<Tier>('auth.tiers', {
  name: 'text',
  rank: 'integer',
  features: 'jsonb',
  limits: 'jsonb',
  projects: 'integer',
  container: 'jsonb',
  weight: 'integer',
})

export interface KeyRow {
  readonly id: string
  readonly tenantId: string
  readonly projectId: string
  readonly userId: string | null
  readonly name: string
  readonly credentialHash: string
  readonly prefix: string
  readonly models: readonly string[] | null
  readonly origin: NewKey['origin']
  readonly policy: KeyPolicy
  readonly madeBy: string | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  readonly lastUsedAt: number | null
}

export const keyTable = new Table<KeyRow>('auth.keys', {
  id: 'text',
  tenantId: 'text',
  projectId: 'text',
  userId: 'text',
  name: 'text',
  credentialHash: 'text',
  prefix: 'text',
  models: 'jsonb',
  origin: 'text',
  policy: 'jsonb',
  madeBy: 'text',
  createdAt: 'bigint',
  expiresAt: 'bigint',
  revokedAt: 'bigint',
  lastUsedAt: 'bigint',
})
