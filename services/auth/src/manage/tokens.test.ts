import { describe, expect, test } from '@jest/globals'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { Account } from '@sluice/store/account-store'
import { startTenancy, type Body, forbidden, invalid, notFound } from './testing/start-tenancy.ts'

describe('tokens', () => {
  test('M-066: a key is shown once, works, and is nowhere but as its hash', async () => {
    const { ask, mint, root, verdict, store, audited, changes } = await startTenancy()
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

  test('a key that could use no model, since its project allows none of its own, is not made', async () => {
    const { ask, mint, root } = await startTenancy()
    await ask(root, 'projects.create', { body: { id: 'web', models: ['demo/*'] } })
    const refused = {
      ...invalid,
      param: 'models',
      message: expect.stringContaining('the project web allows demo/* alone') as unknown,
    }
    const none = mint(root, { project: 'web', models: ['paid/*'] })
    await expect(none).rejects.toMatchObject(refused)
    const { id } = await mint(root, { project: 'web', models: ['paid/*', 'demo/chat'] })
    const change = ask(root, 'tokens.update', { params: { id }, body: { models: ['paid/*'] } })
    await expect(change).rejects.toMatchObject(refused)
    await ask(root, 'tokens.update', { params: { id }, body: { models: null } })
  })

  test('what a body names and is not there is named, and a count for good reads as one', async () => {
    const { ask, mint, root, verdict } = await startTenancy()
    const nowhere = mint(root, { project: 'none' })
    await expect(nowhere).rejects.toMatchObject({ ...notFound, param: 'project' })
    const rule = { name: 'r', scope: 'key', target: 'none', window: 'day', usd: 1 }
    const target = { ...notFound, param: 'target' }
    await expect(ask(root, 'budgets.create', { body: rule })).rejects.toMatchObject(target)
    const share = ask(root, 'budgets.create', { body: { ...rule, thresholds: [50] } })
    await expect(share).rejects.toMatchObject({
      ...invalid,
      message: expect.stringContaining('a share') as unknown,
    })
    const { key } = await mint(root, { name: 'tot', budget: { usd: 1, window: 'total' } })
    expect(await verdict(key)).toMatchObject({
      access: { limits: [{ name: 'key tot: cost in total' }] },
    })
  })

  test('a budget too small to be counted is refused, not stored as nothing', async () => {
    const { ask, mint, root } = await startTenancy()
    const tiny = mint(root, { budget: { usd: 1e-10, window: 'day' } })
    await expect(tiny).rejects.toMatchObject({ ...invalid, param: 'budget.usd' })
    const { id } = await mint(root, { budget: { usd: 1e-9, window: 'day' } })
    const least = await ask(root, 'tokens.read', { params: { id } })
    expect(least).toMatchObject({ budget: { usd: 1e-9 } })
    const { id: nothing } = await mint(root, { budget: { usd: 0, window: 'day' } })
    const none = await ask(root, 'tokens.read', { params: { id: nothing } })
    expect(none).toMatchObject({ budget: { usd: 0 } })
  })

  test('whoever runs the gateway is told why a key was refused; of an unknown one there is nothing to tell', async () => {
    const { ask, mint, root, verdict, refusals, clock } = await startTenancy()
    const { id, key } = await mint(root, {})
    const ends = await mint(root, { expires_at: clock.now() + 1_000 })
    await ask(root, 'projects.create', { body: { id: 'old' } })
    const closed = await mint(root, { project: 'old' })
    await ask(root, 'projects.disable', { params: { id: 'old' } })
    await ask(root, 'tenants.create', { body: { id: 'acme' } }).then(async (acme) => {
      const params = { id: 'acme' }
      await ask(root, 'tenants.update', { params, body: { status: 'disabled' } })
      await verdict(String(acme['key']))
    })
    await verdict(key)
    await ask(root, 'tokens.revoke', { params: { id } })
    await clock.advance(1_000)
    for (const refused of [key, ends.key, closed.key, 'gw_live_unknown']) await verdict(refused)
    expect(refusals.map(({ tenant, why }) => `${tenant} ${why}`)).toEqual([
      'acme tenant_disabled',
      'default key_revoked',
      'default key_expired',
      'default project_closed',
    ])
    expect(refusals[1]?.key_id).toBe(id)
  })

  test('S-7: a revoked key is refused; again is the same', async () => {
    const { ask, mint, root, verdict } = await startTenancy()
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
    const { ask, mint, root } = await startTenancy()
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
    const { ask, mint, root, verdict } = await startTenancy()
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
    const { mint, root } = await startTenancy()
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
    [{ scopes: [] }, 'scopes'],
    [{ models: [] }, 'models'],
    [{ expires_at: 'tomorrow' }, 'expires_at'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ expires_at: 1_000 }, 'expires_at'],
    [{ ip_allow: ['10.0.0.1/8'] }, 'ip_allow'],
    [{ ip_allow: ['2001:db8::1/32'] }, 'ip_allow'],
    [{ scopes: ['/v1/chat/*', '/v1/chad/*'] }, 'scopes'],
    [{ limits: { concurrency: -1 } }, 'limits.concurrency'],
    [{ name: '' }, 'name'],
  ])('S-12, M-067: a key is not made from what is not understood: %j', async (body, param) => {
    const { mint, root } = await startTenancy()
    await expect(mint(root, body)).rejects.toMatchObject({ ...invalid, param })
  })

  test.each(['role', 'tenant_id', 'project', 'user', 'platform', 'origin'])(
    'S-12: %s of a key cannot be changed',
    async (member) => {
      const { ask, mint, root } = await startTenancy()
      const { id } = await mint(root, {})
      const body = { [member]: 'owner' }
      await expect(ask(root, 'tokens.update', { params: { id }, body })).rejects.toMatchObject({
        ...invalid,
        param: member,
      })
    },
  )

  test('a key is changed member by member', async () => {
    const { ask, mint, root, verdict } = await startTenancy()
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
    const { ask, mint, root, person } = await startTenancy()
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

  test('a key does not stand in for its person: it sees and revokes itself and what it made, while that may do no more', async () => {
    const { ask, mint, root, person } = await startTenancy()
    const anna = await person('anna', 'user')
    const strong = await mint(anna, {})
    const weak = await mint(anna, { scopes: ['/v1/tokens', '/v1/tokens/*'] })
    const child = await mint(weak.key, {})
    const grown = await mint(weak.key, {})
    await ask(root, 'tokens.update', { params: { id: grown.id }, body: { scopes: null } })
    const { data } = (await ask(weak.key, 'tokens.list')) as { data: { id: string }[] }
    expect(data.map(({ id }) => id)).toEqual([child.id, grown.id].toSorted())
    const calls = [
      ['tokens.read', {}],
      ['tokens.update', { body: { name: 'x' } }],
      ['tokens.revoke', {}],
    ] as const
    for (const [route, more] of calls) {
      const call = ask(weak.key, route, { params: { id: strong.id }, ...more })
      await expect(call).rejects.toMatchObject(notFound)
      if (route === 'tokens.read') continue
      const onGrown = ask(weak.key, route, { params: { id: grown.id }, ...more })
      await expect(onGrown).rejects.toMatchObject(forbidden)
    }
    for (const { id } of [child, weak])
      expect(await ask(weak.key, 'tokens.read', { params: { id } })).toMatchObject({ id })
    await ask(weak.key, 'tokens.revoke', { params: { id: child.id } })
    await ask(weak.key, 'tokens.revoke', { params: { id: weak.id } })
    await ask(anna, 'tokens.revoke', { params: { id: strong.id } })
  })

  test('what is refused is told in words that say what is allowed', async () => {
    const { mint, root } = await startTenancy()
    const words = (body: Body) =>
      mint(root, body).then(
        () => '',
        (error: unknown) => (error as Error).message,
      )
    expect(await words({ ip_allow: ['10.0.0.1/8'] })).toMatch(
      /^ip_allow: "10\.0\.0\.1\/8" .*10\.0\.0\.0\/8/,
    )
    expect(await words({ scopes: ['/v1/chad/*'] })).toMatch(
      /^scopes: .*"\/v1\/chad\/\*".*\/openapi\.json/,
    )
    expect(await words({ expires_at: 1_000 })).toMatch(
      /^expires_at: 1970-.* is in the past: give a time in the future, or null/,
    )
    expect(await words({ limits: { concurrency: -1 } })).toMatch(/'limits.concurrency'.*at least 1/)
  })

  test('keys of a key, or of a user, are found by who made them, and revoked with it', async () => {
    const { ask, mint, person, root, verdict, changes } = await startTenancy()
    const ids = async (made_by: string) =>
      ((await ask(root, 'tokens.list', { query: { made_by } }))['data'] as { id: string }[]).map(
        ({ id }) => id,
      )
    const anna = await person('anna', 'user')
    const first = await mint(anna, {})
    const second = await mint(first.key, {})
    const third = await mint(second.key, {})
    const other = await mint(root, {})
    expect(await ids('anna')).toEqual([first.id])
    expect(await ids(first.id)).toEqual([second.id])
    // Whatever a revoked one made is found through it.
    await ask(root, 'tokens.revoke', { params: { id: second.id } })
    changes.length = 0
    const query = { with_made: 'true' }
    expect(await ask(root, 'tokens.revoke', { params: { id: first.id }, query })).toMatchObject({
      id: first.id,
      made: [third.id],
    })
    for (const { key } of [first, third])
      expect(await verdict(key)).toMatchObject({ valid: false, reason: 'revoked' })
    expect(await verdict(other.key)).toMatchObject({ valid: true })
    expect(changes.map(({ id }) => id)).toEqual([first.id, third.id])
  })

  test('the last owner key of a tenant without accounts is left to who stands above tenants', async () => {
    const { ask, mint, root, verdict, principal, clock } = await startTenancy()
    const made = await ask(root, 'tenants.create', { body: { id: 'b' } })
    const [owner, id] = [String(made['key']), String(made['key_id'])]
    const revoke = (as: string, query: Body = {}) =>
      ask(as, 'tokens.revoke', { params: { id }, query })
    const last = {
      status: 409,
      code: 'last_owner',
      message: expect.stringContaining('POST /v1/tokens'),
    }
    await expect(revoke(owner)).rejects.toMatchObject(last)
    // One that ends is no other owner once it has.
    const inAnHour = new Date(clock.now() + 3_600_000).toISOString()
    await mint(owner, { role: 'owner', expires_at: inAnHour })
    await expect(revoke(owner, { with_made: 'true' })).rejects.toMatchObject(last)
    await clock.advance(3_600_001)
    await expect(revoke(owner)).rejects.toMatchObject(last)
    const second = await mint(owner, { role: 'owner' })
    await revoke(owner)
    expect(await verdict(second.key)).toMatchObject({ valid: true })
    const { caller, access } = await principal(root)
    const operator = { access, caller: { ...caller, tenantId: 'b' as typeof caller.tenantId } }
    await ask(operator, 'tokens.revoke', { params: { id: second.id } })
    expect(await verdict(second.key)).toMatchObject({ valid: false })
  })

  test('an account of an owner stands for the last owner key', async () => {
    const { ask, root, people, person } = await startTenancy()
    const made = await ask(root, 'tenants.create', { body: { id: 'b' } })
    await person('anna', 'owner')
    people.set('anna', { ...people.get('anna'), tenantId: 'b' } as Account)
    const params = { id: String(made['key_id']) }
    expect(await ask(String(made['key']), 'tokens.revoke', { params })).toMatchObject(params)
  })

  test('S-11: with what it made a key revokes all or nothing, and nothing that may more by now', async () => {
    const { ask, mint, root, verdict } = await startTenancy()
    const limited = await mint(root, { role: 'admin', scopes: ['/v1/tokens', '/v1/tokens/*'] })
    const made = await mint(limited.key, {})
    await ask(root, 'tokens.update', { params: { id: made.id }, body: { scopes: null } })
    const revoke = (as: string) =>
      ask(as, 'tokens.revoke', { params: { id: limited.id }, query: { with_made: 'true' } })
    await expect(revoke(limited.key)).rejects.toMatchObject(forbidden)
    for (const { key } of [limited, made]) expect(await verdict(key)).toMatchObject({ valid: true })
    expect(await revoke(root)).toMatchObject({ made: [made.id] })
  })

  test('S-11: a key of an owner that is limited manages no key that may more', async () => {
    const { ask, mint, root } = await startTenancy()
    const whole = await mint(root, { role: 'owner' })
    const user = await mint(root, {})
    const limited = await mint(root, { role: 'owner', scopes: ['/v1/tokens', '/v1/tokens/*'] })
    const within = await mint(root, { scopes: ['/v1/tokens'] })
    const local = await mint(root, { role: 'owner', ip_allow: ['10.0.0.0/8'] })
    for (const { id } of [whole, user]) {
      for (const as of [limited, local]) {
        await expect(ask(as.key, 'tokens.revoke', { params: { id } })).rejects.toMatchObject(
          forbidden,
        )
        await expect(
          ask(as.key, 'tokens.update', { params: { id }, body: { name: 'x' } }),
        ).rejects.toMatchObject(forbidden)
      }
    }
    await expect(mint(limited.key, { scopes: null })).rejects.toMatchObject(forbidden)
    expect(await ask(limited.key, 'tokens.revoke', { params: { id: within.id } })).toMatchObject({
      id: within.id,
    })
    expect(await ask(limited.key, 'tokens.read', { params: { id: whole.id } })).toMatchObject({
      id: whole.id,
    })
  })

  test('S-28: to another tenant a key is as unknown as one that never was', async () => {
    const { ask, mint, root } = await startTenancy()
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
    const { ask, root } = await startTenancy()
    for (const route of ['tokens.revoke', 'tokens.update']) {
      const body = route === 'tokens.update' ? { body: { name: 'x' } } : {}
      const call = ask(root, route, { params: { id: 'bootstrap' }, ...body })
      await expect(call).rejects.toMatchObject({ code: 'not_editable' })
    }
  })

  test('lists come in pages', async () => {
    const { ask, mint, root } = await startTenancy()
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
    const { mint, person, people, verdict } = await startTenancy()
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
