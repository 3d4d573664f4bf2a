import { describe, expect, test } from '@jest/globals'
import type { Role } from '@sluice/contracts/access'
import { defaultTiers } from '@sluice/store/default-tiers'
import type { KeyPolicy, Standing, Tenant, UserLicence } from '@sluice/store/tenancy'
import { noLimits, ownerPolicy } from '@sluice/store/tenancy'
import {
  newBudget,
  newGroup,
  newKey,
  newPolicy,
  newProject,
  newTenant,
} from '@sluice/store/testing/identity-rows'
import { type Credential, resolveAccess } from './resolve-access.ts'

const now = Date.UTC(2026, 5, 15)

interface Given {
  readonly policy?: Partial<KeyPolicy>
  readonly models?: readonly string[]
  readonly userId?: string
  readonly ownerRole?: Role
  readonly expiresAt?: number
  readonly tenant?: Partial<Tenant>
  readonly standing?: Partial<Standing>
}

function resolve(given: Given) {
  const key = newKey('k1', {
    tenantId: 'acme' as never,
    projectId: 'web' as never,
    userId: (given.userId ?? null) as never,
    models: (given.models as string[] | undefined) ?? null,
  })
  const credential: Credential = {
    caller: key.caller,
    policy: { ...ownerPolicy, ...given.policy },
    ownerRole: given.ownerRole ?? null,
    expiresAt: given.expiresAt ?? null,
  }
  const standing: Standing = {
    tenant: newTenant('acme', given.tenant),
    project: newProject('acme', 'web'),
    tiers: defaultTiers,
    policies: [],
    budgets: [],
    licence: null,
    groups: [],
    makers: [],
    families: {},
    ...given.standing,
  }
  return resolveAccess(credential, standing, now)
}

function good(given: Given) {
  const resolved = resolve(given)
  if (!resolved.good) throw new Error(resolved.reason)
  return resolved
}

const licence = (changes: Partial<UserLicence>): UserLicence => ({
  tenantId: 'acme',
  id: 'anna',
  email: null,
  tier: 'enterprise',
  features: null,
  resourceLimits: null,
  mcpServerUrl: null,
  expiresAt: null,
  createdAt: 0,
  updatedAt: 0,
  ...changes,
})

test('a key without any policy in a tenant without quotas may do everything', () => {
  const { access, caller, until } = good({})
  expect(access).toMatchObject({
    role: 'owner',
    platform: false,
    scopes: null,
    ipAllow: null,
    maxBodyBytes: null,
    tier: 'enterprise',
    limits: [],
  })
  expect(access.features).toHaveLength(27)
  expect(caller.models).toBeNull()
  expect(until).toBeNull()
})

describe('refused', () => {
  test('S-7: every key of a disabled tenant or project, or of one that is gone', () => {
    const revoked = { good: false, reason: 'revoked' }
    expect(resolve({ tenant: { status: 'disabled' } })).toEqual(revoked)
    const project = newProject('acme', 'web', { disabledAt: 1 })
    expect(resolve({ standing: { project } })).toEqual(revoked)
    expect(resolve({ standing: { project: null } })).toEqual(revoked)
  })

  test('S-7: a key from the millisecond it expires', () => {
    expect(resolve({ expiresAt: now })).toEqual({ good: false, reason: 'expired' })
    expect(good({ expiresAt: now + 1 }).until).toBe(now + 1)
  })
})

describe('role', () => {
  test.each([
    ['owner', 'admin', 'admin'],
    ['admin', 'user', 'user'],
    ['user', 'admin', 'user'],
    ['user', 'viewer', 'viewer'],
    ['user', 'operator', 'operator'],
    ['operator', 'user', 'user'],
  ] as const)(
    'M-071: a key for %s whose owner is %s by now acts as %s',
    (role, ownerRole, acts) => {
      expect(good({ policy: { role }, ownerRole }).access.role).toBe(acts)
    },
  )
})

describe('addresses', () => {
  test('M-067: one range that cannot be read keeps everybody out', () => {
    const ranges = ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']
    expect(good({ policy: { ipAllow: ranges } }).access.ipAllow).toEqual(ranges)
    for (const bad of [
      '10.0.0.0/33',
      '10.0.0/8',
      '010.0.0.1/8',
      '10.0.0.0/08',
      '::1%eth0',
      '',
      'x',
    ])
      expect(good({ policy: { ipAllow: ['10.0.0.0/8', bad] } }).access.ipAllow).toEqual([])
  })
})

describe('licence', () => {
  test('M-073: an expired licence of a tenant is free, limits and flags, from that moment', () => {
    const over = good({ tenant: { licenceExpiresAt: now } })
    expect(over.access.tier).toBe('free')
    expect(over.access.features).not.toContain('RAG_PIPELINE')
    expect(over.access.limits).toMatchObject([
      { metric: 'requests', window: 'month', max: 1_000, scope: 'tenant', durable: true },
    ])
    expect(over.until).toBeNull()
    const still = good({ tenant: { licenceExpiresAt: now + 1 } })
    expect([still.access.tier, still.until]).toEqual(['enterprise', now + 1])
  })

  test('D-09: of the licences of tenant and user the stricter counts, either way round', () => {
    const userFree = good({ userId: 'anna', standing: { licence: licence({ tier: 'free' }) } })
    expect(userFree.access.tier).toBe('free')
    expect(userFree.access.features).toEqual(defaultTiers[0]?.features)
    expect(userFree.access.limits).toMatchObject([{ scope: 'user', max: 1_000 }])
    const tenantFree = good({
      userId: 'anna',
      tenant: { tier: 'free' },
      standing: { licence: licence({ tier: 'pro' }) },
    })
    expect(tenantFree.access.tier).toBe('free')
    expect(tenantFree.access.limits.map(({ scope, max }) => [scope, max])).toEqual([
      ['tenant', 1_000],
      ['user', 100_000],
    ])
    const over = licence({ tier: 'pro', expiresAt: now - 1 })
    expect(good({ userId: 'anna', standing: { licence: over } }).access.tier).toBe('free')
  })

  test('M-074: a flag that was taken out of the licence is gone', () => {
    const { access } = good({ tenant: { features: ['LLM_CHAT'] } })
    expect(access.features).toEqual(['LLM_CHAT'])
  })

  test('M-075: a tier that is not there is the lowest', () => {
    expect(good({ tenant: { tier: 'platinum' } }).access.tier).toBe('free')
  })

  test('M-247: the weight in the queue is that of the tenant', () => {
    const weightOf = (tier: string) => good({ tenant: { tier } }).access.weight
    expect(weightOf('free')).toBeLessThan(weightOf('pro'))
  })
})

describe('models and projects', () => {
  test('M-070: a key uses what its project has', () => {
    const project = newProject('acme', 'web', { models: ['acme/*', 'demo/chat'] })
    const modelsOf = (models?: readonly string[]) =>
      good({ standing: { project }, ...(models ? { models } : {}) }).caller.models
    expect(modelsOf()).toEqual(['acme/*', 'demo/chat'])
    expect(modelsOf(['demo/*'])).toEqual(['demo/chat'])
    expect(modelsOf(['acme/fast', 'other/x'])).toEqual(['acme/fast'])
    expect(modelsOf(['*/fast'])).toEqual([])
  })

  test('M-072: a group adds models to those of the project, and its end takes them away', () => {
    const project = newProject('acme', 'web', { models: ['demo/chat'] })
    const groups = [newGroup('acme', 'g', { models: ['acme/*'] })]
    const models = (given: Partial<Standing>) =>
      good({ userId: 'anna', models: ['acme/fast'], standing: { project, ...given } }).caller.models
    expect(models({ groups })).toEqual(['acme/fast'])
    expect(models({})).toEqual([])
  })

  test('M-072: a project for members only is closed to the keys of others: nothing may be called', () => {
    const project = newProject('acme', 'web', { membersOnly: true })
    const groups = [newGroup('acme', 'g', { projects: ['web'] })]
    const scopes = (given: Given) => {
      const standing = { project, ...given.standing }
      return good({ policy: { role: 'user' }, ...given, standing }).access.scopes
    }
    expect(scopes({ userId: 'anna' })).toEqual([])
    expect(scopes({ userId: 'anna', standing: { groups } })).toBeNull()
    expect(scopes({ userId: 'anna', policy: { role: 'admin' } })).toBeNull()
    expect(scopes({})).toBeNull()
  })
})

describe('limits', () => {
  test('a key counts against its own and those of the keys that it was made with', () => {
    const budget = { maxNanoUsd: 5, window: 'month' } as const
    const limits = { ...noLimits, requestsPerMinute: 2, concurrency: 1, budget }
    const makers = [{ keyId: 'k0', keyName: 'maker', ...noLimits, tokensPerMinute: 9 }]
    const { access } = good({ policy: { limits }, standing: { makers } })
    expect(access.limits).toMatchObject([
      { id: 'key:k1:requests:minute', window: 'minute', max: 2, durable: false },
      { id: 'key:k1:concurrency:now', window: null, max: 1, durable: false },
      { id: 'key:k1:cost:month', window: 'month', max: 5, durable: true },
      { id: 'key:k0:tokens:minute', max: 9 },
    ])
  })

  test('M-243: every scope counts apart whom it is for, and nobody else', () => {
    const scopes = ['tenant', 'project', 'user', 'key', 'model'] as const
    const policies = scopes.map((scope) => newPolicy('acme', scope, { scope }))
    const targeted = scopes.map((scope) => newPolicy('acme', `t-${scope}`, { scope, target: 'x' }))
    const ids = (given: Given) => good(given).access.limits.map(({ id }) => id)
    expect(ids({ userId: 'anna', standing: { policies } })).toEqual([
      'policy:tenant',
      'policy:project:project:web',
      'policy:user:user:anna',
      'policy:key:key:k1',
      'policy:model',
    ])
    expect(ids({ standing: { policies } })).not.toContain('policy:user:user:null')
    expect(ids({ userId: 'anna', standing: { policies: targeted } })).toEqual([
      'policy:t-tenant',
      'policy:t-model',
    ])
    const [, , , , model] = targeted
    const [limit] = good({ standing: { policies: model ? [model] : [] } }).access.limits
    expect(limit?.models).toEqual(['x'])
  })

  test('M-245: a budget is a limit of cost that the ledger knows; an unlimited one is none', () => {
    const budgets = [
      newBudget('acme', 'b1', { scope: 'project', maxNanoUsd: 7, window: 'day' }),
      newBudget('acme', 'b2', { maxNanoUsd: null }),
    ]
    expect(good({ standing: { budgets } }).access.limits).toEqual([
      {
        id: 'budget:b1:project:web',
        name: 'budget b1',
        scope: 'project',
        metric: 'cost',
        window: 'day',
        max: 7,
        models: null,
        durable: true,
        thresholds: [0.5, 0.8, 1],
      },
    ])
  })
})
