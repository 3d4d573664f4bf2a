import { describe, expect, test } from '@jest/globals'
import type { Route } from '@sluice/contracts/http/route'
import { groupRoutes } from '@sluice/contracts/http/routes/groups'
import { licenceRoutes } from '@sluice/contracts/http/routes/licences'
import { policyRoutes } from '@sluice/contracts/http/routes/policies'
import { projectRoutes } from '@sluice/contracts/http/routes/projects'
import { tenantRoutes } from '@sluice/contracts/http/routes/tenants'
import { tokenRoutes } from '@sluice/contracts/http/routes/tokens'
import { manage, type Principal } from '@sluice/contracts/rpc/manage'
import type { IdentityChanged } from '@sluice/contracts/topics/identity-changed'
import { type AuditedChange, serveManagement } from '@sluice/management'
import type { Account } from '@sluice/store/account-store'
import { createMemoryAuthStore } from '@sluice/store/memory-auth-store'
import { ownerPolicy } from '@sluice/store/tenancy'
import { newKey, newTenant } from '@sluice/store/testing/identity-rows'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { callRpc } from '@sluice/work-queue/rpc'
import { hash } from 'node:crypto'
import { Registry } from 'prom-client'
import { createAuthMetrics } from '../metrics.ts'
import { Verdicts } from '../verdicts.ts'
import { tenancyHandlers } from './tenancy-handlers.ts'

const routes: readonly Route[] = [
  ...tokenRoutes,
  ...tenantRoutes,
  ...projectRoutes,
  ...groupRoutes,
  ...licenceRoutes,
  ...policyRoutes,
]

type Body = Record<string, unknown>

/** The management of one installation, with the verdicts that it leads to. `root` is the credential of `AUTH_TOKEN`. */
async function start() {
  const clock = createFakeClock()
  const queue = createMemoryWorkQueue({ clock })
  const store = createMemoryAuthStore()
  const people = new Map<string, Account>()
  const accounts = { find: async (_tenant: string, id: string) => people.get(id) ?? null }
  const audited: AuditedChange[] = []
  const changes: IdentityChanged[] = []
  await store.ensureProject('default', 'default')
  await store.saveKey(
    newKey('bootstrap', { origin: 'bootstrap', policy: { ...ownerPolicy, platform: true } }),
  )
  const metrics = createAuthMetrics(new Registry())
  const verdicts = new Verdicts({ store, accounts, clock, metrics, use: { note: () => undefined } })
  await serveManagement({
    queue,
    owner: 'auth',
    routes,
    handlers: tenancyHandlers({
      store,
      accounts,
      clock,
      onChanged: (change) => changes.push(change),
      onRevision: () => undefined,
      licenceKeyPath: null,
    }),
    audit: async (_call, change) => void audited.push(change),
  })
  const verdict = (key: string) => verdicts.verify(hash('sha256', key))
  const principal = async (key: string): Promise<Principal> => {
    const found = await verdict(key)
    if (!found.valid) throw new Error(found.reason)
    return { caller: found.caller, access: found.access }
  }
  const ask = async (
    as: Principal | string,
    route: string,
    {
      params = {},
      query = {},
      body,
    }: { params?: Record<string, string>; query?: Body; body?: Body } = {},
  ): Promise<Body> => {
    const call = {
      route,
      principal: typeof as === 'string' ? await principal(as) : as,
      params,
      query,
      body: body ?? null,
      address: '192.0.2.1',
      requestId: 'r',
      headers: {},
    }
    const reply = await callRpc(queue, manage.auth, call, { timeoutMs: 1_000 })
    return reply.body as Body
  }
  const root = 'credential of bootstrap'
  const mint = async (as: Principal | string, body: Body) =>
    (await ask(as, 'tokens.create', { body: { name: 'k', ...body } })) as {
      id: string
      key: string
    }
  const person = async (id: string, role: Account['role'], projectId = 'default') => {
    people.set(id, {
      id,
      tenantId: 'default',
      email: `${id}@example.com`,
      name: id,
      role,
      status: 'active',
      origin: 'local',
      createdAt: 0,
      lastLoginAt: null,
    })
    const { access } = await principal(root)
    const key = newKey(`session-${id}`, { userId: id as never, projectId: projectId as never })
    return { caller: key.caller, access: { ...access, role, platform: false } } as Principal
  }
  return { clock, store, people, audited, changes, ask, mint, person, verdict, principal, root }
}

const forbidden = { status: 403, code: 'permission_denied' }
const notFound = { status: 404, code: 'resource_not_found' }
const invalid = { status: 400, code: 'invalid_request' }

describe('tokens', () => {
  test('M-066: a key is shown once, works, and is nowhere but as its hash', async () => {
    const { ask, mint, root, verdict, store, audited, changes } = await start()
    const { id, key } = await mint(root, {
      name: 'ci',
      scopes: ['/v1/embeddings'],
      models: ['demo/*'],
      limits: { requests_per_minute: 2, tokens_per_minute: 1_000, concurrency: 1 },
      budget: { usd: 0.05, window: 'day' },
      expires_at: '2026-02-01T00:00:00Z',
      ip_allow: ['10.0.0.0/8'],
    })
    expect(key).toMatch(/^gw_live_/)
    expect(await verdict(key)).toMatchObject({
      valid: true,
      caller: { keyId: id, keyName: 'ci', projectId: 'default', models: ['demo/*'] },
      access: {
        role: 'user',
        platform: false,
        scopes: ['/v1/embeddings'],
        ipAllow: ['10.0.0.0/8'],
        limits: [{ max: 2 }, { max: 1_000 }, { max: 1 }, { metric: 'cost', max: 50_000_000 }],
      },
      until: Date.UTC(2026, 1, 1),
    })
    const shown = await ask(root, 'tokens.read', { params: { id } })
    expect(shown).toMatchObject({ name: 'ci', prefix: `gw_live_${id}`, budget: { usd: 0.05 } })
    const list = await ask(root, 'tokens.list', {})
    const kept = JSON.stringify([
      shown,
      list,
      audited,
      changes,
      await store.findKeyById('default', id),
    ])
    expect(kept).not.toContain(key)
    expect(kept).not.toContain(key.slice(-49))
    expect(audited).toMatchObject([{ target: `token:${id}`, after: { name: 'ci' } }])
  })

  test('S-7: a revoked key is refused; again is the same', async () => {
    const { ask, mint, root, verdict } = await start()
    const { id, key } = await mint(root, {})
    const revoked = await ask(root, 'tokens.revoke', { params: { id } })
    expect(await verdict(key)).toMatchObject({ valid: false, reason: 'revoked' })
    expect(await ask(root, 'tokens.revoke', { params: { id } })).toEqual(revoked)
    await expect(
      ask(root, 'tokens.update', { params: { id }, body: { name: 'x' } }),
    ).rejects.toMatchObject({ status: 409, code: 'not_editable' })
  })

  test.each([
    [{ role: 'admin' }, 'role'],
    [{ role: 'viewer' }, 'role'],
    [{ scopes: ['/v1/tenants'] }, 'scopes'],
    [{ scopes: null }, 'scopes'],
    [{ models: ['acme/*'] }, 'models'],
    [{ models: null }, 'models'],
    [{ ip_allow: ['0.0.0.0/0'] }, 'ip_allow'],
    [{ ip_allow: null }, 'ip_allow'],
    [{ max_body_bytes: 2_000 }, 'max_body_bytes'],
    [{ max_body_bytes: null }, 'max_body_bytes'],
    [{ expires_at: '2026-03-01T00:00:00Z' }, 'expires_at'],
    [{ expires_at: null }, 'expires_at'],
    [{ limits: { requests_per_minute: 11 } }, 'limits.requests_per_minute'],
    [{ limits: null }, 'limits.requests_per_minute'],
    [{ limits: { tokens_per_minute: 1_001 } }, 'limits.tokens_per_minute'],
    [{ limits: { concurrency: 3 } }, 'limits.concurrency'],
    [{ budget: { usd: 5.01, window: 'month' } }, 'budget'],
    [{ budget: { usd: -1, window: 'month' } }, 'budget'],
    [{ budget: null }, 'budget'],
    [{ project: 'other' }, 'project'],
    [{ project: 'none' }, 'project'],
  ])('S-11: nobody mints more than they have: %j', async (more, param) => {
    const { ask, mint, root } = await start()
    await ask(root, 'projects.create', { body: { id: 'other' } })
    const { key } = await mint(root, {
      scopes: ['/v1/tokens', '/v1/chat/*'],
      models: ['demo/*'],
      ip_allow: ['10.0.0.0/8'],
      max_body_bytes: 1_000,
      expires_at: '2026-02-01T00:00:00Z',
      limits: { requests_per_minute: 10, tokens_per_minute: 1_000, concurrency: 2 },
      budget: { usd: 5, window: 'month' },
    })
    await expect(mint(key, more)).rejects.toMatchObject({ ...forbidden, param })
  })

  test('S-11: a key that a limited key makes is limited by it, and they share its counts', async () => {
    const { ask, mint, root, verdict } = await start()
    const parent = await mint(root, {
      name: 'parent',
      models: ['demo/*'],
      scopes: ['/v1/*'],
      expires_at: 1_769_904_000,
      budget: { usd: 5, window: 'month' },
    })
    const child = await mint(parent.key, { limits: { requests_per_minute: 3 } })
    expect(await verdict(child.key)).toMatchObject({
      caller: { models: ['demo/*'] },
      access: {
        scopes: ['/v1/*'],
        limits: [
          { id: `key:${child.id}:requests:minute`, max: 3 },
          {
            id: `key:${parent.id}:cost:month`,
            max: 5_000_000_000,
            keys: [parent.id, child.id].toSorted(),
          },
        ],
      },
      until: Date.UTC(2026, 1, 1),
    })
    // Nor later.
    await expect(
      ask(child.key, 'tokens.update', { params: { id: child.id }, body: { models: null } }),
    ).rejects.toMatchObject(forbidden)
    await expect(
      ask(child.key, 'tokens.update', {
        params: { id: child.id },
        body: { limits: { requests_per_minute: 4 } },
      }),
    ).rejects.toMatchObject(forbidden)
  })

  test('a hundred keys share a budget, and no more', async () => {
    const { mint, root } = await start()
    const { key } = await mint(root, { budget: { usd: 5, window: 'month' } })
    for (let i = 1; i < 100; i += 1) await mint(key, {})
    await expect(mint(key, {})).rejects.toMatchObject({ status: 403, code: 'limit_reached' })
  })

  test.each([
    [{ tenant_id: 'other' }, 'tenant_id'],
    [{ limits: { requests: 1 } }, 'limits.requests'],
    [{ budget: { usd: 1, window: 'year' } }, 'budget.window'],
    [{ budget: { usd: -2, window: 'day' } }, 'budget.usd'],
    [{ ip_allow: ['10.0.0.0/33'] }, 'ip_allow'],
    [{ ip_allow: [] }, 'ip_allow'],
    [{ scopes: ['chat'] }, 'scopes[0]'],
    [{ expires_at: 'tomorrow' }, 'expires_at'],
    [{ name: '' }, 'name'],
  ])('S-12, M-067: a key is not made from what is not understood: %j', async (body, param) => {
    const { mint, root } = await start()
    await expect(mint(root, body)).rejects.toMatchObject({ ...invalid, param })
  })

  test.each(['role', 'tenant_id', 'project', 'user', 'platform', 'origin'])(
    'S-12: %s of a key cannot be changed',
    async (member) => {
      const { ask, mint, root } = await start()
      const { id } = await mint(root, {})
      const body = { [member]: 'owner' }
      await expect(ask(root, 'tokens.update', { params: { id }, body })).rejects.toMatchObject({
        ...invalid,
        param: member,
      })
    },
  )

  test('a key is changed member by member', async () => {
    const { ask, mint, root, verdict } = await start()
    const { id, key } = await mint(root, {
      models: ['demo/*'],
      limits: { requests_per_minute: 5, concurrency: 2 },
    })
    const body = { name: 'new', limits: { concurrency: null }, budget: { usd: 1, window: 'total' } }
    expect(await ask(root, 'tokens.update', { params: { id }, body })).toMatchObject({
      name: 'new',
      models: ['demo/*'],
      limits: { requests_per_minute: 5, concurrency: null },
      budget: { usd: 1, window: 'total' },
    })
    expect(await verdict(key)).toMatchObject({ caller: { keyName: 'new' } })
  })

  test('users see and revoke their own keys alone; project admins those of their projects', async () => {
    const { ask, mint, root, person } = await start()
    await ask(root, 'projects.create', { body: { id: 'web' } })
    const anna = await person('anna', 'user')
    const bert = await person('bert', 'user')
    const paul = await person('paul', 'project_admin', 'web')
    const ofAnna = await mint(anna, {})
    const inWeb = await mint(root, { project: 'web' })
    const ownerInWeb = await mint(root, { project: 'web', role: 'owner' })
    const ids = async (as: Principal) =>
      ((await ask(as, 'tokens.list')) as { data: { id: string }[] }).data.map(({ id }) => id)
    expect(await ids(anna)).toEqual([ofAnna.id])
    expect(await ids(bert)).toEqual([])
    expect(await ids(paul)).toEqual([inWeb.id, ownerInWeb.id].toSorted())
    for (const route of ['tokens.read', 'tokens.revoke']) {
      await expect(ask(bert, route, { params: { id: ofAnna.id } })).rejects.toMatchObject(notFound)
      await expect(ask(paul, route, { params: { id: ofAnna.id } })).rejects.toMatchObject(notFound)
    }
    const owners = ask(paul, 'tokens.revoke', { params: { id: ownerInWeb.id } })
    await expect(owners).rejects.toMatchObject(forbidden)
    await ask(paul, 'tokens.revoke', { params: { id: inWeb.id } })
    await ask(anna, 'tokens.revoke', { params: { id: ofAnna.id } })
  })

  test('S-28: to another tenant a key is as unknown as one that never was', async () => {
    const { ask, mint, root } = await start()
    const { id } = await mint(root, {})
    const { key } = await ask(root, 'tenants.create', { body: { id: 'b' } })
    for (const route of ['tokens.read', 'tokens.revoke', 'tokens.update']) {
      const body = route === 'tokens.update' ? { body: {} } : {}
      const foreign = await ask(String(key), route, { params: { id }, ...body }).catch(
        (error: unknown) => error,
      )
      const never = await ask(String(key), route, { params: { id: 'never' }, ...body }).catch(
        (error: unknown) => error,
      )
      expect(foreign).toMatchObject(notFound)
      expect((foreign as Error).message).toBe((never as Error).message)
    }
  })

  test('keys of the configuration are shown and not changed', async () => {
    const { ask, root } = await start()
    for (const route of ['tokens.revoke', 'tokens.update']) {
      const body = route === 'tokens.update' ? { body: { name: 'x' } } : {}
      const call = ask(root, route, { params: { id: 'bootstrap' }, ...body })
      await expect(call).rejects.toMatchObject({ code: 'not_editable' })
    }
  })

  test('lists come in pages', async () => {
    const { ask, mint, root } = await start()
    for (let i = 0; i < 4; i += 1) await mint(root, {})
    const seen: unknown[] = []
    let query: Body = { limit: '2' }
    for (;;) {
      const page = await ask(root, 'tokens.list', { query })
      seen.push(...(page['data'] as { id: string }[]).map(({ id }) => id))
      if (page['has_more'] !== true) break
      query = { limit: '2', after: page['last_id'] }
    }
    expect(new Set(seen).size).toBe(5)
    await expect(ask(root, 'tokens.list', { query: { limit: '101' } })).rejects.toMatchObject(
      invalid,
    )
  })

  test('M-071: a key of somebody who was demoted or disabled is no more than they are', async () => {
    const { mint, person, people, verdict } = await start()
    const anna = await person('anna', 'admin')
    const { key } = await mint(anna, { role: 'admin' })
    expect(await verdict(key)).toMatchObject({ access: { role: 'admin' } })
    const account = people.get('anna')
    if (!account) throw new Error('no anna')
    people.set('anna', { ...account, role: 'user' })
    expect(await verdict(key)).toMatchObject({ access: { role: 'user' } })
    people.set('anna', { ...account, status: 'disabled' })
    expect(await verdict(key)).toMatchObject({ valid: false, reason: 'revoked' })
  })
})

describe('tenants', () => {
  test('a tenant is made by who stands above tenants, with the key of its owner', async () => {
    const { ask, root, verdict, mint } = await start()
    const made = await ask(root, 'tenants.create', { body: { id: 'acme', name: 'Acme' } })
    expect(made).toMatchObject({ id: 'acme', tier: 'enterprise', status: 'active' })
    expect(await verdict(String(made['key']))).toMatchObject({
      caller: { tenantId: 'acme', projectId: 'default', keyId: made['key_id'] },
      access: { role: 'owner', platform: false },
    })
    const again = ask(root, 'tenants.create', { body: { id: 'acme' } })
    await expect(again).rejects.toMatchObject({ status: 409, code: 'already_exists' })
    const owner = String(made['key'])
    const other = ask(owner, 'tenants.create', { body: { id: 'mine' } })
    await expect(other).rejects.toMatchObject(forbidden)
    const { key } = await mint(root, { role: 'owner' })
    await expect(ask(key, 'tenants.list')).rejects.toMatchObject(forbidden)
  })

  test('S-7: keys of a disabled tenant are refused until it is enabled again', async () => {
    const { ask, root, verdict } = await start()
    const { key } = await ask(root, 'tenants.create', { body: { id: 'acme' } })
    const set = (status: string) =>
      ask(root, 'tenants.update', { params: { id: 'acme' }, body: { status } })
    await set('disabled')
    expect(await verdict(String(key))).toMatchObject({ valid: false, reason: 'revoked' })
    await set('active')
    expect(await verdict(String(key))).toMatchObject({ valid: true })
    const params = { id: 'default' }
    const own = ask(root, 'tenants.update', { params, body: { status: 'disabled' } })
    await expect(own).rejects.toMatchObject({ code: 'not_editable' })
  })

  test('M-073: a licence that ends leaves the tenant with the lowest tier', async () => {
    const { ask, root, verdict, clock } = await start()
    const body = { id: 'acme', tier: 'pro', licence_expires_at: clock.now() + 1_000 }
    const { key } = await ask(root, 'tenants.create', { body })
    expect(await verdict(String(key))).toMatchObject({
      access: { tier: 'pro' },
      until: clock.now() + 1_000,
    })
    await clock.advance(1_000)
    expect(await verdict(String(key))).toMatchObject({ access: { tier: 'free' } })
    expect(await ask(String(key), 'licences.read')).toMatchObject({ tier: 'free', projects: 2 })
  })
})

describe('projects and groups', () => {
  test('M-077: the licence says how many projects there may be', async () => {
    const { ask, root } = await start()
    const { key } = await ask(root, 'tenants.create', { body: { id: 'acme', tier: 'free' } })
    const create = (id: string) => ask(String(key), 'projects.create', { body: { id } })
    await create('two')
    await expect(create('three')).rejects.toMatchObject({ status: 403, code: 'limit_reached' })
    await ask(String(key), 'projects.disable', { params: { id: 'two' } })
    await create('three')
  })

  test('M-070, M-072: members of a group use its models and projects, others do not', async () => {
    const { ask, mint, root, person, verdict } = await start()
    const anna = await person('anna', 'user', 'secret')
    const body = { id: 'secret', members_only: true, models: ['demo/chat'] }
    await ask(root, 'projects.create', { body })
    const { key } = await mint(anna, {})
    expect(await verdict(key)).toMatchObject({ access: { scopes: [] } })
    await expect(ask(anna, 'projects.read', { params: { id: 'none' } })).rejects.toMatchObject(
      notFound,
    )
    const group = { id: 'team', projects: ['secret'], models: ['acme/*'] }
    await ask(root, 'groups.create', { body: group })
    await ask(root, 'groups.members.add', { params: { id: 'team', user: 'anna' } })
    expect(await verdict(key)).toMatchObject({
      caller: { models: ['demo/chat', 'acme/*'] },
      access: { scopes: null },
    })
    await ask(root, 'groups.members.remove', { params: { id: 'team', user: 'anna' } })
    expect(await verdict(key)).toMatchObject({
      caller: { models: ['demo/chat'] },
      access: { scopes: [] },
    })
    const nobody = ask(root, 'groups.members.add', { params: { id: 'team', user: 'nobody' } })
    await expect(nobody).rejects.toMatchObject(notFound)
  })

  test('a closed project refuses its keys and shows itself to admins alone', async () => {
    const { ask, mint, root, person, verdict } = await start()
    await ask(root, 'projects.create', { body: { id: 'old' } })
    const { key } = await mint(root, { project: 'old' })
    await ask(root, 'projects.disable', { params: { id: 'old' } })
    expect(await verdict(key)).toMatchObject({ valid: false })
    expect(await ask(root, 'projects.read', { params: { id: 'old' } })).toMatchObject({ id: 'old' })
    const anna = await person('anna', 'user')
    await expect(ask(anna, 'projects.read', { params: { id: 'old' } })).rejects.toMatchObject(
      notFound,
    )
    const page = await ask(anna, 'projects.list', { query: { limit: '1' } })
    expect(page).toMatchObject({ data: [{ id: 'default' }], has_more: false })
  })
})

describe('licences', () => {
  const container = { memory: '1Gi', cpu: '1', disk: '1Gi', idle_minutes: 5 }
  const team = { rank: 9, features: ['SSO'], limits: [], projects: null, container, weight: 20 }

  test('M-075: a fourth tier is a row: tenants have it, with all that is below it', async () => {
    const { ask, root, verdict } = await start()
    await ask(root, 'licences.tiers.put', { params: { name: 'team' }, body: team })
    const { key } = await ask(root, 'tenants.create', { body: { id: 'acme', tier: 'team' } })
    const found = await verdict(String(key))
    expect(found).toMatchObject({ access: { tier: 'team', weight: 20 } })
    expect(found.valid && found.access.features).toEqual(
      expect.arrayContaining(['SSO', 'SUPPORT', 'LLM_CHAT']),
    )
  })

  test('M-075: a tier that has less than a lower one is refused and changes nothing', async () => {
    const { ask, root, store } = await start()
    const body = { ...team, projects: 1 }
    const put = ask(root, 'licences.tiers.put', { params: { name: 'team' }, body })
    await expect(put).rejects.toMatchObject({ status: 400, code: 'tiers_not_monotone' })
    expect(await store.listTiers()).toHaveLength(3)
  })

  test('M-073, M-075: a user’s licence counts where it is stricter; applying its tier rewrites it', async () => {
    const { ask, mint, root, person, verdict } = await start()
    const anna = await person('anna', 'user')
    const { key } = await mint(anna, {})
    const put = (body: Body) => ask(root, 'licences.users.put', { params: { user: 'anna' }, body })
    await put({ tier: 'pro', features: ['LLM_CHAT'] })
    expect(await verdict(key)).toMatchObject({ access: { tier: 'pro', features: ['LLM_CHAT'] } })
    expect(await ask(root, 'licences.tiers.apply', { params: { name: 'pro' } })).toEqual({
      users: 1,
    })
    const after = await verdict(key)
    expect(after.valid && after.access.features).toHaveLength(24)
    await expect(put({ tier: 'none' })).rejects.toMatchObject(notFound)
    await ask(root, 'licences.users.remove', { params: { user: 'anna' } })
    expect(await verdict(key)).toMatchObject({ access: { tier: 'enterprise' } })
  })

  test('M-074: flags and tiers are changed by who stands above tenants alone', async () => {
    const { ask, root } = await start()
    const { key } = await ask(root, 'tenants.create', { body: { id: 'acme' } })
    const body = { features: ['LLM_CHAT'] }
    const own = ask(String(key), 'tenants.update', { params: { id: 'acme' }, body })
    await expect(own).rejects.toMatchObject(forbidden)
    const tier = ask(String(key), 'licences.tiers.put', { params: { name: 'team' }, body: team })
    await expect(tier).rejects.toMatchObject(forbidden)
    await ask(root, 'tenants.update', { params: { id: 'acme' }, body })
    expect(await ask(String(key), 'licences.read')).toMatchObject({ features: ['LLM_CHAT'] })
    const denied = ask(String(key), 'projects.create', { body: { id: 'x' } })
    await expect(denied).rejects.toMatchObject({ status: 403, code: 'feature_not_licensed' })
  })
})

describe('policies and budgets', () => {
  test('M-243, M-245: rules reach every verdict of the tenant and no other', async () => {
    const { ask, root, verdict, store } = await start()
    await store.tenants.add(newTenant('b'))
    const policy = await ask(root, 'policies.create', {
      body: { name: 'burst', scope: 'key', metric: 'requests', window: 'minute', max: 2 },
    })
    const budget = await ask(root, 'budgets.create', {
      body: { name: 'march', scope: 'tenant', window: 'month', usd: 12.5 },
    })
    expect(budget).toMatchObject({ thresholds: [0.5, 0.8, 1], usd: 12.5, target: null })
    expect(await verdict(root)).toMatchObject({
      access: {
        limits: [
          { id: `policy:${String(policy['id'])}:key:bootstrap`, name: 'burst', max: 2 },
          { id: `budget:${String(budget['id'])}`, max: 12_500_000_000, thresholds: [0.5, 0.8, 1] },
        ],
      },
    })
    const change = (body: Body) =>
      ask(root, 'budgets.update', { params: { id: String(budget['id']) }, body })
    expect(await change({ usd: -1 })).toMatchObject({ usd: null })
    expect(await verdict(root)).toMatchObject({ access: { limits: [{ name: 'burst' }] } })
    await ask(root, 'policies.delete', { params: { id: String(policy['id']) } })
    expect(await verdict(root)).toMatchObject({ access: { limits: [] } })
  })

  test('S-28: rules of another tenant are not there', async () => {
    const { ask, root } = await start()
    const body = { name: 'm', scope: 'tenant', window: 'month', usd: 1 }
    const { id } = await ask(root, 'budgets.create', { body })
    const { key } = await ask(root, 'tenants.create', { body: { id: 'b' } })
    const params = { id: String(id) }
    for (const route of ['budgets.read', 'budgets.delete'])
      await expect(ask(String(key), route, { params })).rejects.toMatchObject(notFound)
    const update = ask(String(key), 'budgets.update', { params, body: { usd: 9 } })
    await expect(update).rejects.toMatchObject(notFound)
  })

  test.each([
    [{ metric: 'concurrency', window: 'minute' }],
    [{ metric: 'requests', window: null }],
    [{ metric: 'cost' }],
    [{ scope: 'team' }],
    [{ max: -1 }],
  ])('a policy that counts nothing is refused: %j', async (changes) => {
    const { ask, root } = await start()
    const body = {
      name: 'p',
      scope: 'tenant',
      metric: 'requests',
      window: 'day',
      max: 1,
      ...changes,
    }
    await expect(ask(root, 'policies.create', { body })).rejects.toMatchObject(invalid)
  })
})
