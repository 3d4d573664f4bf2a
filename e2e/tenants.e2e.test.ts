// Two tenants on one gateway: what one of them has does not exist for the other.
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Route } from '@sluice/contracts/http/route'
import { routeTable } from '@sluice/contracts/http/route-table'
import { compare, type Place } from '../tools/src/isolation/compare.ts'
import { eventually, gatewayUnderTest } from './support/gateway.ts'

const { apis, key: platformKey } = gatewayUnderTest()
const [api = ''] = apis
const suffix = randomBytes(4).toString('hex')
const canary = `canary${randomBytes(6).toString('hex')}`

interface Answered {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

async function ask(key: string, method: string, path: string, body?: unknown): Promise<Answered> {
  const response = await fetch(`${api}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

/** What a tenant asked for of another is in its own log, in its own words. */
function withoutOwnAttempts(log: string): string {
  const { data } = JSON.parse(log) as { data: { outcome: string }[] }
  return JSON.stringify(data.filter(({ outcome }) => outcome !== 'denied'))
}

/** What must have worked for the test to mean anything. Counts of a Redis that has just begun are not believed for a lease: such a call is repeated. */
async function make(
  key: string,
  method: string,
  path: string,
  body: unknown,
): Promise<Record<string, string>> {
  const { status, text, headers } = await eventually(`an answer to ${path}`, async () => {
    const answer = await ask(key, method, path, body)
    return answer.status === 503 ? undefined : answer
  })
  if (status >= 300) throw new Error(`${method} ${path}: ${String(status)} ${text}`)
  const made = (text === '' ? {} : JSON.parse(text)) as Record<string, string>
  return { ...made, request_id: headers.get('x-request-id') ?? '' }
}

async function makeTenant(name: string): Promise<Place> {
  const id = `${name}-${suffix}`
  const { key = '' } = await make(platformKey, 'POST', '/v1/tenants', { id })
  return { api, name: id, key }
}

type Thing =
  | 'token'
  | 'project'
  | 'group'
  | 'policy'
  | 'budget'
  | 'provider'
  | 'model'
  | 'alias'
  | 'registry'
  | 'user'
  | 'generation'
  | 'response'
type Things = Readonly<Record<Thing, string>>

/** One of each, of the tenant that the other asks for. A thing that cannot be made here cannot be probed. */
async function makeThings(key: string): Promise<Things> {
  const id = async (method: string, path: string, body: unknown) =>
    (await make(key, method, path, body))['id'] ?? ''
  const rule = { name: canary, scope: 'tenant', window: 'day' }
  const provider = `p-${canary}`
  const target = { wire: 'openai-chat', base_url: 'https://beta-own.example.com/v1' }
  await make(key, 'POST', '/v1/providers', {
    name: provider,
    ...target,
    auth: { type: 'bearer', key: canary },
  })
  await make(key, 'POST', `/v1/providers/${provider}/models`, {
    name: `${provider}/m`,
    upstream_model: 'm',
    price: 'free',
  })
  await make(key, 'PUT', `/v1/aliases/a-${canary}`, { model: 'demo/chat' })
  await make(key, 'PUT', `/v1/registry/r-${canary}`, {
    ...target,
    models: [{ name: `r-${canary}/m`, price: 'free' }],
  })
  const invited = await make(key, 'POST', '/v1/auth/invitations', {
    email: `${canary}@example.com`,
    name: canary,
  })
  const call = { model: 'demo/chat', messages: [{ role: 'user', content: canary }] }
  return {
    token: await id('POST', '/v1/tokens', { name: canary }),
    project: await id('POST', '/v1/projects', { id: `prj-${canary}` }),
    group: await id('POST', '/v1/groups', { id: `grp-${canary}` }),
    policy: await id('POST', '/v1/policies', { ...rule, metric: 'requests', max: 1_000 }),
    budget: await id('POST', '/v1/budgets', { ...rule, usd: 5, thresholds: [0.5] }),
    provider,
    model: `${provider}/m`,
    alias: `a-${canary}`,
    registry: `r-${canary}`,
    user: String((invited['user'] as unknown as { id?: string } | undefined)?.id ?? invited['id']),
    generation: (await make(key, 'POST', '/v1/chat/completions', call))['request_id'] ?? '',
    response: await id('POST', '/v1/responses', { model: 'demo/chat', input: canary }),
  }
}

const uuid = '01900000-0000-7000-8000-00000000dead'
/** As they look, but of things that never were. */
const never: Things = {
  token: '0neverMadeNever17',
  project: 'prj-never',
  group: 'grp-never',
  policy: '0neverMadeNever17',
  budget: '0neverMadeNever17',
  provider: 'p-never',
  model: 'p-never/m',
  alias: 'a-never',
  registry: 'r-never',
  user: '0neverMadeNever17',
  generation: uuid,
  response: `resp_${uuid.replaceAll('-', '')}`,
}

interface Probe {
  readonly params: (things: Things) => Readonly<Record<string, string>>
  readonly body?: unknown
  /** `hidden`: 404 as for what never was. `own`: each tenant has its own of that name. `refused`: above tenants, or for a person only: 403. */
  readonly is: 'hidden' | 'own' | 'refused'
}

const of =
  (thing: Thing, name = 'id') =>
  (things: Things) => ({ [name]: things[thing] })
const hidden = (params: Probe['params'], body?: unknown): Probe => ({ params, body, is: 'hidden' })
const provider = of('provider', 'name')
const model = (things: Things) => ({ name: things.provider, model: things.model })
const member = (things: Things) => ({ id: things.group, user: things.user })

/** How every route that names a thing is asked for one. A new route has to be entered here. */
const probes: Readonly<Record<string, Probe>> = {
  'tokens.read': hidden(of('token')),
  'tokens.update': hidden(of('token'), { name: 'taken' }),
  'tokens.revoke': hidden(of('token')),
  'tenants.read': { params: () => ({ id: `beta-${suffix}` }), is: 'refused' },
  'tenants.update': {
    params: () => ({ id: `beta-${suffix}` }),
    body: { name: 'taken' },
    is: 'refused',
  },
  'projects.read': hidden(of('project')),
  'projects.update': hidden(of('project'), { name: 'taken' }),
  'projects.disable': hidden(of('project')),
  'groups.read': hidden(of('group')),
  'groups.update': hidden(of('group'), { name: 'taken' }),
  'groups.delete': hidden(of('group')),
  'groups.members.list': hidden(of('group')),
  'groups.members.add': hidden(member),
  'groups.members.remove': hidden(member),
  'licences.tiers.put': {
    params: () => ({ name: 'mine' }),
    body: { rank: 9, features: [] },
    is: 'refused',
  },
  'licences.tiers.apply': { params: () => ({ name: 'enterprise' }), body: {}, is: 'refused' },
  'licences.users.put': hidden(of('user', 'user'), { tier: 'free' }),
  'licences.users.remove': hidden(of('user', 'user')),
  'policies.read': hidden(of('policy')),
  'policies.update': hidden(of('policy'), { name: 'taken' }),
  'policies.delete': hidden(of('policy')),
  'budgets.read': hidden(of('budget')),
  'budgets.update': hidden(of('budget'), { name: 'taken' }),
  'budgets.delete': hidden(of('budget')),
  'users.read': hidden(of('user')),
  'users.update': hidden(of('user'), { name: 'taken' }),
  'users.delete': hidden(of('user')),
  'users.export': hidden(of('user')),
  'users.erase': hidden(of('user')),
  'users.erasure': hidden(of('user')),
  'passkeys.remove': { params: () => ({ id: 'x' }), is: 'refused' },
  'models.read': hidden(of('model')),
  'generations.read': hidden(of('generation')),
  'generations.stream': hidden(of('generation')),
  'generations.cancel': hidden(of('generation')),
  'generations.turns': hidden(of('generation')),
  // A call that names no session is one of its own.
  'conversations.turns': hidden(of('generation', 'session_id')),
  'responses.read': hidden(of('response')),
  'responses.delete': hidden(of('response')),
  'responses.cancel': hidden(of('response')),
  'responses.input_items': hidden(of('response')),
  'providers.read': hidden(provider),
  'providers.change': hidden(provider, { base_url: 'https://elsewhere.example.com/v1' }),
  'providers.remove': hidden(provider),
  'providers.set_key': hidden(provider, { key: 'taken-by-another-tenant' }),
  'providers.enable': hidden(provider),
  'providers.disable': hidden(provider),
  'providers.reset': hidden(provider),
  'providers.test': hidden(provider),
  'providers.models.list': hidden(provider),
  'providers.models.create': hidden(provider, { name: 'x/y', upstream_model: 'y', price: 'free' }),
  'providers.models.change': hidden(model, { upstream_model: 'z' }),
  'providers.models.remove': hidden(model),
  'aliases.put': { params: of('alias', 'name'), body: { model: 'demo/echo' }, is: 'own' },
  'aliases.remove': hidden(of('alias', 'name')),
  'registry.register': {
    params: of('registry', 'name'),
    body: {
      wire: 'openai-chat',
      base_url: 'https://elsewhere.example.com/v1',
      models: [{ name: 'mine/m', price: 'free' }],
    },
    is: 'own',
  },
  'registry.remove': hidden(of('registry', 'name')),
}

/** What is public names nothing of a tenant. */
const named = routeTable.filter(({ path, access }) => path.includes('{') && access !== 'public')

function addressOf({ path }: Route, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

/** Without the ids that were asked for, those of the requests, and the models that are like them: that is all that two refusals may differ in. */
function refusal({ status, text }: Answered, params: Readonly<Record<string, string>>): string {
  return Object.values(params).reduce(
    (all, id) => all.replaceAll(id, '<id>'),
    `${String(status)} ${text.replace(/ Nearest: [^"]*| \(request id [^)]*\)/, '')}`,
  )
}

describe('two tenants', () => {
  let acme: Place
  let beta: Place
  let things: Things
  beforeAll(async () => {
    acme = await makeTenant('acme')
    beta = await makeTenant('beta')
    things = await makeThings(beta.key)
  }, 30_000)

  test('S-28 every route that names a thing is probed', () => {
    const unknown = named.map(({ id }) => id).filter((id) => !(id in probes))
    expect(unknown).toEqual([])
  })

  // Those that may make something of the same name come last.
  const ordered = named.toSorted(
    (a, b) => Number(probes[a.id]?.is === 'own') - Number(probes[b.id]?.is === 'own'),
  )
  test.each(ordered.map((route) => [route.id, route] as const))(
    'S-28 M-069 %s: a thing of another tenant is as unknown as one that never was',
    async (id, route) => {
      const { params, body, is } = probes[id] ?? hidden(() => ({}))
      const foreign = await ask(acme.key, route.method, addressOf(route, params(things)), body)
      if (is === 'refused') {
        expect(foreign.status).toBe(403)
        return
      }
      if (is === 'own') {
        expect(foreign.status).toBeLessThan(300)
        return
      }
      const unknown = await ask(acme.key, route.method, addressOf(route, params(never)), body)
      expect(foreign.status).toBe(404)
      expect(refusal(foreign, params(things))).toBe(refusal(unknown, params(never)))
    },
  )

  test('S-28 what was asked for by another is still there, as it was', async () => {
    for (const [id, thing] of [
      ['tokens.read', 'token'],
      ['projects.read', 'project'],
      ['groups.read', 'group'],
      ['policies.read', 'policy'],
      ['budgets.read', 'budget'],
      ['users.read', 'user'],
      ['providers.read', 'provider'],
      ['generations.read', 'generation'],
      ['responses.read', 'response'],
    ] as const) {
      const route = named.find((each) => each.id === id)
      if (!route) throw new Error(`no route ${id}`)
      const { status, text } = await ask(
        beta.key,
        'GET',
        addressOf(route, probes[id]?.params(things) ?? {}),
      )
      expect([id, status]).toEqual([id, 200])
      expect(text).toContain(things[thing].replace(/^resp_/, ''))
      expect(text).not.toContain('taken')
      expect(text).not.toContain('elsewhere.example.com')
    }
    const aliases = await ask(beta.key, 'GET', '/v1/aliases')
    expect(aliases.text).toContain('demo/chat')
    expect(aliases.text).not.toContain('demo/echo')
  })

  test('S-29 the id of a stream is of no use to another key of the same tenant', async () => {
    const { key = '' } = await make(beta.key, 'POST', '/v1/tokens', { name: 'colleague' })
    for (const rest of ['', '/stream']) {
      const theirs = await ask(key, 'GET', `/v1/generations/${things.generation}${rest}`)
      const unknown = await ask(key, 'GET', `/v1/generations/${never.generation}${rest}`)
      expect(theirs.status).toBe(404)
      expect(theirs.text).toBe(unknown.text)
    }
    expect((await ask(key, 'GET', `/v1/responses/${things.response}`)).status).toBe(404)
  })

  test('S-31 the same prompt of another tenant is answered anew: nothing is cached across', async () => {
    const body = { model: 'demo/chat', messages: [{ role: 'user', content: `Same ${suffix}` }] }
    const answers = [
      await ask(acme.key, 'POST', '/v1/chat/completions', body),
      await ask(beta.key, 'POST', '/v1/chat/completions', body),
    ]
    const ids = answers.map(({ headers }) => headers.get('x-request-id'))
    expect(new Set(ids).size).toBe(2)
    for (const { status, text, headers } of answers) {
      expect(status).toBe(200)
      expect(text).not.toMatch(/"cached":\s*true/)
      expect([...headers.keys()].filter((name) => name.includes('cache-hit'))).toEqual([])
    }
    const theirs = await ask(acme.key, 'GET', `/v1/generations/${ids[1] ?? ''}`)
    expect(theirs.status).toBe(404)
  })

  test('S-39, S-42 nothing that a tenant can list, and no error, tells of the other: no name, no text, no count', async () => {
    const lists = routeTable.filter(
      ({ method, path, access, owner }) =>
        method === 'GET' && !path.includes('{') && owner !== 'ingress' && access !== 'public',
    )
    for (const { id, path } of [...lists, { id: 'models.list', path: '/v1/models' }]) {
      const answer = await ask(acme.key, 'GET', path)
      const text = id === 'audit.list' ? withoutOwnAttempts(answer.text) : answer.text
      // Names that the first tenant has used itself, above.
      const isOwnName = [
        'aliases.list',
        'registry.list',
        'providers.list',
        'models.list',
        'audit.list',
      ].includes(id)
      const foreign = isOwnName ? `p-${canary}` : canary
      expect([id, text.includes(foreign)]).toEqual([id, false])
      expect([id, text.includes(`beta-${suffix}`)]).toEqual([id, false])
      expect([id, /"(total|count|similarity|score)"/.test(text)]).toEqual([id, false])
    }
    for (const [path, body] of [
      [
        '/v1/chat/completions',
        { model: `p-${canary}/m`, messages: [{ role: 'user', content: 'x' }] },
      ],
      ['/v1/responses', { model: 'demo/chat', input: 'x', previous_response_id: things.response }],
    ] as const) {
      const { status, text } = await ask(acme.key, 'POST', path, body)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(text).not.toContain('beta-own.example.com')
      expect(text).not.toContain(`beta-${suffix}`)
    }
  })

  test('S-42 M-078 the audit log of a tenant has its own changes, and none of the probes of the other', async () => {
    const entries = async () => {
      const { text } = await ask(beta.key, 'GET', '/v1/audit?limit=1000')
      return (
        JSON.parse(text) as {
          data: { action: string; actor: { key_id: string }; after: unknown }[]
        }
      ).data
    }
    let seen = await entries()
    for (
      let turn = 0;
      turn < 100 && !seen.some(({ action }) => action === 'budgets.create');
      turn += 1
    ) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      seen = await entries()
    }
    expect(seen.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'tokens.create',
        'projects.create',
        'policies.create',
        'budgets.create',
        'providers.create',
      ]),
    )
    // What stands above tenants made this one, and its first key did the rest.
    const own = seen.filter(({ action }) => !action.startsWith('tenants.'))
    expect(new Set(own.map(({ actor }) => actor.key_id)).size).toBe(1)
    expect(JSON.stringify(seen)).not.toContain('taken')
  })

  test('S-44 what two tenants see together is what each sees alone', async () => {
    const places = await Promise.all(['one', 'two', 'three', 'four'].map(makeTenant))
    const found = await compare({
      seed: suffix,
      operations: 120,
      places: places as [Place, Place, Place, Place],
    })
    expect(found).toEqual([])
  }, 60_000)
})
