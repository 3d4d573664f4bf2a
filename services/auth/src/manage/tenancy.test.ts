import { describe, expect, test } from '@jest/globals'
import { newTenant } from '@sluice/store/testing/identity-rows'
import { startTenancy, type Body, forbidden, invalid, notFound } from './testing/start-tenancy.ts'

describe('tenants', () => {
  test('a tenant is made by who stands above tenants, with the key of its owner', async () => {
    const { ask, root, verdict, mint, audited } = await startTenancy()
    const made = await ask(root, 'tenants.create', { body: { id: 'acme', name: 'Acme' } })
    expect(made).toMatchObject({ id: 'acme', tier: 'enterprise', status: 'active' })
    expect(await verdict(String(made['key']))).toMatchObject({
      caller: { tenantId: 'acme', projectId: 'default', keyId: made['key_id'] },
      access: { role: 'owner', platform: false },
    })
    await ask(root, 'tenants.update', { params: { id: 'acme' }, body: { name: 'Acme Ltd' } })
    const inItsLog = { target: 'tenant:acme', tenantId: 'acme' }
    expect(audited).toMatchObject([inItsLog, inItsLog])
    const again = ask(root, 'tenants.create', { body: { id: 'acme' } })
    await expect(again).rejects.toMatchObject({ status: 409, code: 'already_exists' })
    const owner = String(made['key'])
    const other = ask(owner, 'tenants.create', { body: { id: 'mine' } })
    await expect(other).rejects.toMatchObject(forbidden)
    const { key } = await mint(root, { role: 'owner' })
    await expect(ask(key, 'tenants.list')).rejects.toMatchObject(forbidden)
  })

  test('S-7: keys of a disabled tenant are refused until it is enabled again', async () => {
    const { ask, root, verdict } = await startTenancy()
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
    const { ask, root, verdict, clock } = await startTenancy()
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

describe('flags instead of those of a tier', () => {
  const container = { memory: '1Gi', cpu: '1', disk: '1Gi', idle_minutes: 5 }

  test('one that nothing asks for is refused with the nearest names, of a tenant and of a user', async () => {
    const { ask, root, person } = await startTenancy()
    await person('anna', 'user')
    await ask(root, 'tenants.create', { body: { id: 'acme' } })
    const body = { features: ['LLM_CHAT', 'LLM_CHATT'] }
    const refused = {
      status: 400,
      code: 'invalid_request',
      param: 'features.1',
      message: expect.stringContaining('LLM_CHAT,') as unknown,
    }
    const params = { id: 'acme' }
    await expect(ask(root, 'tenants.update', { params, body })).rejects.toMatchObject(refused)
    const create = ask(root, 'tenants.create', { body: { ...body, id: 'beta' } })
    await expect(create).rejects.toMatchObject(refused)
    const ofUser = { params: { user: 'anna' }, body: { ...body, tier: 'pro' } }
    await expect(ask(root, 'licences.users.put', ofUser)).rejects.toMatchObject(refused)
    expect(await ask(root, 'tenants.read', { params })).toMatchObject({ features: null })
    // What a tier brings is known from then on.
    const tier = { rank: 9, features: ['LLM_CHATT'], limits: [], projects: null, container }
    const put = { params: { name: 'team' }, body: { ...tier, weight: 20 } }
    await ask(root, 'licences.tiers.put', put)
    expect(await ask(root, 'tenants.update', { params, body })).toMatchObject(body)
  })

  test('a tier in a body that is not there is named as what is wrong', async () => {
    const { ask, root } = await startTenancy()
    const create = ask(root, 'tenants.create', { body: { id: 'acme', tier: 'gold' } })
    await expect(create).rejects.toMatchObject({ ...notFound, param: 'tier' })
  })
})

describe('projects and groups', () => {
  test('M-077: the licence says how many projects there may be', async () => {
    const { ask, root } = await startTenancy()
    const { key } = await ask(root, 'tenants.create', { body: { id: 'acme', tier: 'free' } })
    const create = (id: string) => ask(String(key), 'projects.create', { body: { id } })
    await create('two')
    await expect(create('three')).rejects.toMatchObject({ status: 403, code: 'limit_reached' })
    await ask(String(key), 'projects.disable', { params: { id: 'two' } })
    await create('three')
  })

  test('M-070, M-072: members of a group use its models and projects, others do not', async () => {
    const { ask, mint, root, person, verdict } = await startTenancy()
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
    const { ask, mint, root, person, verdict } = await startTenancy()
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
    const { ask, root, verdict } = await startTenancy()
    await ask(root, 'licences.tiers.put', { params: { name: 'team' }, body: team })
    const { key } = await ask(root, 'tenants.create', { body: { id: 'acme', tier: 'team' } })
    const found = await verdict(String(key))
    expect(found).toMatchObject({ access: { tier: 'team', weight: 20 } })
    expect(found.valid && found.access.features).toEqual(
      expect.arrayContaining(['SSO', 'SUPPORT', 'LLM_CHAT']),
    )
  })

  test('M-075: a tier that has less than a lower one is refused and changes nothing', async () => {
    const { ask, root, store } = await startTenancy()
    const body = { ...team, projects: 1 }
    const put = ask(root, 'licences.tiers.put', { params: { name: 'team' }, body })
    await expect(put).rejects.toMatchObject({ status: 400, code: 'tiers_not_monotone' })
    expect(await store.listTiers()).toHaveLength(3)
  })

  test('M-073, M-075: a user’s licence counts where it is stricter; applying its tier rewrites it', async () => {
    const { ask, mint, root, person, verdict } = await startTenancy()
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
    const { ask, root } = await startTenancy()
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
    const { ask, root, verdict, store } = await startTenancy()
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

  test.each(['tenant', 'project', 'key', 'user'])(
    'of a target that is no %s of the tenant the refusal names the member',
    async (scope) => {
      const { ask, root } = await startTenancy()
      const rule = { name: 'x', scope, target: 'nobody' }
      const requests = { ...rule, metric: 'requests', window: 'minute', max: 2 }
      const refused = { ...notFound, param: 'target' }
      await expect(ask(root, 'policies.create', { body: requests })).rejects.toMatchObject(refused)
      const money = { ...rule, window: 'month', usd: 1 }
      await expect(ask(root, 'budgets.create', { body: money })).rejects.toMatchObject(refused)
    },
  )

  test('a tenant whose licence has ended may still see its rules and take them away, but set none', async () => {
    const { ask, root } = await startTenancy()
    const { key } = await ask(root, 'tenants.create', { body: { id: 'acme' } })
    const as = String(key)
    const burst = { name: 'b', scope: 'key', metric: 'requests', window: 'minute', max: 2 }
    const money = { name: 'm', scope: 'tenant', window: 'month', usd: 1 }
    const rules = [
      ['policies', burst, String((await ask(as, 'policies.create', { body: burst }))['id'])],
      ['budgets', money, String((await ask(as, 'budgets.create', { body: money }))['id'])],
    ] as const
    await ask(root, 'tenants.update', { params: { id: 'acme' }, body: { features: [] } })
    const notLicensed = { status: 403, code: 'feature_not_licensed' }
    for (const [kind, body, id] of rules) {
      const params = { id }
      expect(await ask(as, `${kind}.list`)).toMatchObject({ data: [{ id }] })
      expect(await ask(as, `${kind}.read`, { params })).toMatchObject({ id })
      await expect(ask(as, `${kind}.create`, { body })).rejects.toMatchObject(notLicensed)
      const update = ask(as, `${kind}.update`, { params, body: { name: 'x' } })
      await expect(update).rejects.toMatchObject(notLicensed)
      await ask(as, `${kind}.delete`, { params })
      expect(await ask(as, `${kind}.list`)).toMatchObject({ data: [] })
    }
  })

  test.each(['tenant', 'project', 'user', 'key'])(
    'S-28: a rule for a %s that is not there is not made, nor one for that of another tenant',
    async (scope) => {
      const { ask, root, person } = await startTenancy()
      const { key } = await ask(root, 'tenants.create', { body: { id: 'b' } })
      await person('anna', 'user')
      const mine = { tenant: 'default', project: 'default', user: 'anna', key: 'bootstrap' }[scope]
      const policy = { name: 'p', scope, metric: 'requests', window: 'minute', max: 1 }
      const budget = { name: 'm', scope, window: 'month', usd: 1 }
      for (const [route, body] of [
        ['policies.create', policy],
        ['budgets.create', budget],
      ] as const) {
        const none = ask(root, route, { body: { ...body, target: 'none' } })
        await expect(none).rejects.toMatchObject(notFound)
        expect(await ask(root, route, { body: { ...body, target: mine } })).toMatchObject({ scope })
        // Every tenant has a project of the name `default`.
        if (scope === 'project') continue
        const foreign = ask(String(key), route, { body: { ...body, target: mine } })
        await expect(foreign).rejects.toMatchObject(notFound)
      }
    },
  )

  test('S-28: rules of another tenant are not there', async () => {
    const { ask, root } = await startTenancy()
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
    const { ask, root } = await startTenancy()
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
