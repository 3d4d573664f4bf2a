import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { canarySent } from '@sluice/contracts/topics/canary-sent'
import type { AnyTopic } from '@sluice/contracts/topics/topic'
import type { Database } from '@sluice/store-postgres/database'
import { openPglite } from '@sluice/store-postgres/pglite-database'
import { openPostgres } from '@sluice/store-postgres/postgres-database'
import { createPostgresUsageStore } from '@sluice/store-postgres/postgres-usage-store'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { freePort } from '../tools/src/processes/free-port.ts'
import { repository } from '../tools/src/repository.ts'
import { readCluster } from './support/cluster.ts'
import { gatewayUnderTest } from './support/gateway.ts'
import { startDemoProvider } from './support/own-demo-provider.ts'
import { ownFolder, startGateway, startOwnProcess } from './support/own-gateway.ts'
import { databaseEvents, kafkaEvents, type TopicEvent } from './support/topic-events.ts'

/** Calls of several kinds and ends; a key that comes, spends its budget and goes; a provider that comes and goes. Gives the ids of the calls. */
async function doThings(api: string, key: string): Promise<readonly string[]> {
  const requests: string[] = []
  const call = async (path: string, body: unknown, credential = key, method = 'POST') => {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    })
    const id = response.headers.get('x-request-id')
    const text = await response.text()
    const isCall = /^\/v1\/(chat|messages|responses)/.test(path)
    if (response.ok && isCall && id !== null) requests.push(id)
    return text
  }
  const said = { role: 'user', content: 'How warm is it?' }
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
  const chat = { model: 'demo/chat', messages: [said] }
  await call('/v1/chat/completions', chat)
  await call('/v1/chat/completions', { ...chat, stream: true })
  await call('/v1/chat/completions', {
    ...chat,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, image] }],
  })
  await call('/v1/chat/completions', { ...chat, model: 'demo/chat:500' })
  await call('/v1/chat/completions', { ...chat, model: 'demo/chat:error-midstream', stream: true })
  await call('/v1/messages', { ...chat, max_tokens: 20 })
  const first = await call('/v1/responses', { model: 'demo/chat', input: 'Hello' })
  const { id: previous } = JSON.parse(first) as { id?: string }
  await call('/v1/responses', {
    model: 'demo/chat',
    input: 'And now?',
    previous_response_id: previous,
  })

  const made = await call('/v1/tokens', {
    name: `contracts-${String(performance.now())}`,
    project: 'default',
    budget: { usd: 0.000_05, window: 'day' },
  })
  const token = JSON.parse(made) as { id: string; key: string }
  for (let n = 0; n < 4; n += 1)
    await call('/v1/chat/completions', { ...chat, max_tokens: 24 }, token.key)
  await call(`/v1/tokens/${token.id}`, null, key, 'DELETE')

  const name = `contracts-${token.id
    .slice(-8)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, 'x')}`
  await call('/v1/providers', {
    name,
    wire: 'openai-chat',
    base_url: 'http://127.0.0.1:9/v1',
    auth: { type: 'bearer', key: 'sk-contracts-0123456789' },
  })
  await call(`/v1/providers/${name}`, null, key, 'DELETE')
  return requests
}

/** Everything that others rely on, for every event that is there, whoever caused it. */
function assertAsPublished(events: readonly TopicEvent[]): void {
  for (const topic of allTopics) {
    const own = events.filter((event) => event.topic === topic.name)
    const check = closedCheckOf(topic)
    const seen = new Map<string, string>()
    for (const { key, value, headers } of own) {
      const payload = JSON.parse(value) as Record<string, unknown>
      expect({ topic: topic.name, problems: check(payload), payload }).toEqual({
        topic: topic.name,
        problems: [],
        payload,
      })
      expect(key).toBe(topic.key(topic.payload.parse(payload) as never)) // its own payload
      expect(headers).toMatchObject({
        ce_specversion: '1.0',
        ce_id: expect.stringMatching(/./),
        ce_source: expect.stringMatching(/^\/sluice\/[a-z-]+$/),
        ce_type: topic.type,
        ce_subject: expect.stringMatching(/./),
        ce_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        ce_tenant: payload['tenant_id'] ?? expect.any(String),
        'content-type': 'application/json',
        'schema-version': String(topic.version),
      })
      const id = headers['ce_id'] ?? ''
      if (topic.dedupe !== null) expect(id).toBe(payload[topic.dedupe])
      expect(seen.get(id) ?? value).toBe(value) // one id, one fact
      seen.set(id, value)
    }
  }
}

/** The file that consumers take, closed: a producer writes nothing that is not in it. */
function closedCheckOf({ name }: AnyTopic): (payload: unknown) => string[] {
  const file = join(repository, 'docs/events', `${name}.schema.json`)
  const schema = closed(JSON.parse(readFileSync(file, 'utf8')))
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  const isValid = ajv.compile(schema as object)
  return (payload) => {
    isValid(payload)
    return (isValid.errors ?? []).map(({ instancePath, message, params }) =>
      [instancePath, message, JSON.stringify(params)].join(' '),
    )
  }
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.entries(schema).map(([name, member]) => [name, closed(member)] as const)
  const isOpen = Object.hasOwn(schema, 'properties')
  return Object.fromEntries(isOpen ? [...members, ['additionalProperties', false]] : members)
}

/** What is not there (yet): bills of these calls, and topics without any event. */
function lackingIn(
  events: readonly TopicEvent[],
  requests: readonly string[],
  topics: readonly string[],
): string[] {
  const usage = events.filter(({ topic }) => topic === 'gateway_usage')
  const bills = new Set(usage.map(({ key }) => key))
  const found = new Set(events.map(({ topic }) => topic))
  return [...requests.filter((id) => !bills.has(id)), ...topics.filter((name) => !found.has(name))]
}

const { mode, apis, key: sharedKey } = gatewayUnderTest()
const topics = allTopics.map(({ name }) => name)

/** Whoever starts with it takes two events that wait for a full outbox, and says so. */
const soonFull = { OUTBOX_MAX_EVENTS: '2' }
const stuck = 'e2e.of-no-contract.v1'

/** A fact of a topic that nobody has created: it waits until somebody does. */
async function putStuckFact(database: Database): Promise<void> {
  const store = await createPostgresUsageStore(database)
  const about = { source: '/sluice/e2e', type: stuck, subject: '', tenant: '' }
  const attributes = { ...about, id: crypto.randomUUID(), time: '', schemaversion: '1' }
  await store.put([{ topic: stuck, events: [{ key: '', value: '{}', attributes }] }])
}

if (mode === 'embedded') {
  test('M-261: every event is what its published contract says, headers and key too: database event log', async () => {
    await using folder = await ownFolder('contracts')
    await using demo = await startDemoProvider(folder.path)
    {
      await using database = await openPglite({ dataDir: join(folder.path, 'data') })
      await putStuckFact(database)
    }
    const gateway = await startGateway({
      dir: folder.path,
      env: { DEMO_PROVIDER_URL: demo.url, ...soonFull },
    })
    let requests: readonly string[] = []
    try {
      requests = await doThings(gateway.api, gateway.key)
    } finally {
      await gateway[Symbol.asyncDispose]()
    }
    const events = await databaseEvents(folder.path)
    assertAsPublished(events)
    // Facts are stored with their events there, so there is no way that a canary would have to show to be open.
    const wanted = topics.filter((name) => name !== canarySent.name)
    expect(lackingIn(events, requests, wanted)).toEqual([])
  }, 120_000)
} else {
  test('M-261: every event is what its published contract says, headers and key too: Kafka', async () => {
    const { redis, postgres, kafka } = readCluster().stores
    await using database = await openPostgres({ url: postgres, poolMax: 1 })
    await putStuckFact(database)
    await using _freed = {
      async [Symbol.asyncDispose]() {
        await database.query('DELETE FROM usage.outbox WHERE topic = $1', [stuck])
      },
    }
    await using folder = await ownFolder('contracts')
    await using _usage = startOwnProcess('services/usage/src/main.ts', {
      cwd: folder.path,
      env: {
        REDIS_URL: redis,
        DATABASE_URL: postgres,
        KAFKA_BROKERS: kafka,
        DATA_DIR: folder.path,
        OBSERVABILITY_PORT: String(await freePort()),
        ...soonFull,
      },
    })
    const requests = await doThings(apis[0] ?? '', sharedKey)
    const events = await kafkaEvents(kafka, topics, (read) => lackingIn(read, requests, topics))
    assertAsPublished(events)
  }, 120_000)
}
