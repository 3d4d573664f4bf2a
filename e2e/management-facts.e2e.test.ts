import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { configurationChanged } from '@sluice/contracts/topics/configuration-changed'
import { identityChanged } from '@sluice/contracts/topics/identity-changed'
import { repository } from '../tools/src/repository.ts'
import { readCluster } from './support/cluster.ts'
import { eventually, gatewayUnderTest } from './support/gateway.ts'
import { startDemoProvider } from './support/own-demo-provider.ts'
import { ownFolder, startGateway } from './support/own-gateway.ts'
import { databaseEvents, kafkaEvents, type TopicEvent } from './support/topic-events.ts'

type Json = Record<string, unknown>

/** The command line, on the database that `env` names. */
async function sluice(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Json> {
  const main = join(repository, 'apps/cli/src/main.ts')
  const flags = ['--conditions=@sluice/source', '--disable-warning=ExperimentalWarning']
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, main, '--json', ...args],
    {
      env: { PATH: process.env['PATH'], ...env },
    },
  )
  return JSON.parse(stdout) as Json
}

interface Company {
  readonly tenant: string
  /** Of its owner. */
  readonly key: string
  readonly anna: { readonly id: string; readonly email: string; readonly password: string }
  /** What has been told of it so far: `user u_1 created`. */
  readonly facts: string[]
}

/** A tenant and somebody in it, made by the command line. */
async function found(env: Readonly<Record<string, string>>): Promise<Company> {
  const tenant = `facts-${randomBytes(6).toString('hex')}`
  const email = `anna@${tenant}.example`
  const { key, key_id } = await sluice(env, 'tenant', 'create', tenant, '--tier', 'enterprise')
  const place = ['--tenant', tenant, '--email', email, '--role', 'user']
  const { id, password } = await sluice(env, 'user', 'create', ...place)
  const facts = [
    `tenant ${tenant} created`,
    'project default created',
    `key ${String(key_id)} created`,
    `user ${String(id)} created`,
  ]
  return {
    tenant,
    key: String(key),
    anna: { id: String(id), email, password: String(password) },
    facts,
  }
}

/** Everything that can be managed, once; `facts` has afterwards what must have been told. */
async function manageAll(
  apis: readonly string[],
  root: string,
  { tenant, key: owner, anna, facts }: Company,
): Promise<void> {
  const [api = ''] = apis
  const call = async (method: string, path: string, body?: Json, key = owner): Promise<Json> => {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`)
    return text === '' ? {} : (JSON.parse(text) as Json)
  }
  /** Made, changed and taken away again. */
  const live = async (entity: string, path: string, made: Json, change: Json, gone = 'deleted') => {
    const id = String((await call('POST', path, made))['id'] ?? made['name'])
    await call('PATCH', `${path}/${id}`, change)
    await call('DELETE', `${path}/${id}`)
    facts.push(`${entity} ${id} created`, `${entity} ${id} changed`, `${entity} ${id} ${gone}`)
  }
  await live('project', '/v1/projects', { id: 'lab' }, { name: 'The lab' }, 'changed')
  const rule = { name: 'r', scope: 'tenant' }
  const requests = { ...rule, metric: 'requests', window: 'minute', max: 100 }
  await live('policy', '/v1/policies', requests, { max: 99 })
  await live('budget', '/v1/budgets', { ...rule, window: 'day', usd: 5 }, { usd: 6 })
  await live('key', '/v1/tokens', { name: 't' }, { name: 'u' }, 'revoked')
  await call('PUT', '/v1/aliases/fast', { model: 'demo/chat' })
  await call('DELETE', '/v1/aliases/fast')
  facts.push('alias fast created', 'alias fast deleted')

  await call('POST', '/v1/groups', { id: 'g' })
  await call('PUT', `/v1/groups/g/members/${anna.id}`)
  await call('PUT', `/v1/groups/g/members/${anna.id}`)
  await call('DELETE', `/v1/groups/g/members/${anna.id}`)
  await call('DELETE', '/v1/groups/g')
  const membership = `membership g/${anna.id}`
  facts.push('group g created', `${membership} created`, `${membership} deleted`, 'group g deleted')
  await call('PUT', `/v1/licences/users/${anna.id}`, { tier: 'pro' })
  await call('DELETE', `/v1/licences/users/${anna.id}`)
  facts.push(`licence ${anna.id} created`, `licence ${anna.id} deleted`)
  await call('PATCH', `/v1/tenants/${tenant}`, { name: 'Facts' }, root)
  facts.push(`tenant ${tenant} changed`)

  const session = await call('POST', '/v1/auth/login', {
    email: anna.email,
    password: anna.password,
  })
  const token = String(session['access_token'])
  const made = await call('POST', '/v1/tokens', { name: 'hers' }, token)
  facts.push(`key ${String(made['id'])} created`)
  const user = (change: Json) => call('PATCH', `/v1/users/${anna.id}`, change)
  await user({ role: 'viewer' })
  await user({ role: 'user' })
  await user({ name: 'Änne' })
  const asks = async (credential: string, at: string) => {
    const { status, body } = await fetch(`${at}/v1/models`, {
      headers: { authorization: `Bearer ${credential}` },
    })
    await body?.cancel()
    return status
  }
  const credentials = [token, String(made['key'])]
  for (const at of apis) for (const each of credentials) expect(await asks(each, at)).toBe(200)
  await user({ status: 'disabled' })
  const from = performance.now()
  for (const at of apis)
    for (const each of credentials)
      await eventually('the refusal', async () =>
        (await asks(each, at)) === 401 ? true : undefined,
      )
  expect(performance.now() - from).toBeLessThan(5_000)
  await user({ status: 'active' })
  await call('DELETE', `/v1/users/${anna.id}`)
  for (const change of [
    'role_changed',
    'role_changed',
    'changed',
    'disabled',
    'enabled',
    'deleted',
  ])
    facts.push(`user ${anna.id} ${change}`)
}

/** Each fact of the tenant, as often as it was told under another id. */
function toldOf(tenant: string, events: readonly TopicEvent[]): string[] {
  const own = events.filter(({ headers }) => headers['ce_tenant'] === tenant)
  const once = new Map(own.map((event) => [event.headers['ce_id'], event]))
  return [...once.values()].map(({ value }) => {
    const { entity, id, change } = JSON.parse(value) as Readonly<Record<string, string>>
    return `${String(entity)} ${String(id)} ${String(change)}`
  })
}

const { mode, apis, key } = gatewayUnderTest()
const topics = [identityChanged.name, configurationChanged.name]
const secrets = ({ key: owner, anna }: Company) => [owner, anna.password, anna.email]

function assertTold(company: Company, events: readonly TopicEvent[]): void {
  expect(toldOf(company.tenant, events).toSorted()).toEqual(company.facts.toSorted())
  const everything = JSON.stringify(events)
  for (const secret of secrets(company)) expect(everything).not.toContain(secret)
}

if (mode === 'embedded') {
  test('M-261, M-061: every change of management is told once, and somebody disabled is refused within 5 s: database event log', async () => {
    await using folder = await ownFolder('facts')
    await using demo = await startDemoProvider(folder.path)
    const company = await found({ DATA_DIR: join(folder.path, 'data') })
    const gateway = await startGateway({ dir: folder.path, env: { DEMO_PROVIDER_URL: demo.url } })
    try {
      await manageAll([gateway.api], gateway.key, company)
    } finally {
      await gateway[Symbol.asyncDispose]()
    }
    const events = await databaseEvents(folder.path)
    assertTold(
      company,
      events.filter(({ topic }) => topics.includes(topic)),
    )
  }, 120_000)
} else {
  test('M-261, M-061: every change of management is told once, and somebody disabled is refused within 5 s on all replicas: Kafka', async () => {
    const { stores } = readCluster()
    const company = await found({ DATABASE_URL: stores.postgres })
    await manageAll(apis, key, company)
    const events = await kafkaEvents(stores.kafka, topics, (read) => {
      const told = toldOf(company.tenant, read)
      return company.facts.filter((fact) => !told.includes(fact))
    })
    assertTold(company, events)
  }, 120_000)
}
