import type { Client } from './client.ts'
import { deservesRetry } from './client.ts'
import type { Exchange } from './exchange.ts'

/** How a client behaves, from its first call to its last. */
export type Habit = (client: Client) => Promise<void>

const patient: Habit = async (client) => {
  await client.chat(client.chatBody(client.random.chance(0.7)))
}

const slowReader: Habit = async (client) => {
  await client.chat(
    client.chatBody(true),
    {},
    { readPauseMs: client.random.int(1, 60), readBytes: 1_024 },
  )
}

/** Never takes what it asked for; must not be waited for, nor hold up the generation. */
const staller: Habit = async (client) => {
  const leaveAfterMs = client.context.settings.stallTimeoutMs * 4 + 2_000
  const policy = client.random.pick(['grace', 'continue'])
  await client.chat(
    client.chatBody(true),
    { 'x-gateway-on-disconnect': policy },
    { readPauseMs: null, leaveAfterMs },
  )
}

const leaver: Habit = async (client) => {
  const manners = client.random.chance(0.5)
    ? { leaveAfterBytes: client.random.int(1, 3_000) }
    : { leaveAfterMs: client.random.int(0, 1_500) }
  const policy = client.random.pick([null, null, 'cancel', 'grace', 'continue'])
  const headers = policy === null ? {} : { 'x-gateway-on-disconnect': policy }
  await client.chat(client.chatBody(client.random.chance(0.7)), headers, manners)
}

/** An OpenAI SDK: repeats a call that failed, twice at most, and says so in a header. */
const sdk: Habit = async (client) => {
  const body = client.chatBody(client.random.chance(0.6))
  const impatient = client.random.chance(0.4)
  for (let retry = 0; retry <= 2; retry += 1) {
    const done = await client.chat(
      body,
      { 'x-stainless-retry-count': String(retry) },
      impatient && retry < 2 ? { leaveAfterMs: client.random.int(1, 800) } : {},
    )
    const gaveUp = done.end === 'left' && done.status === 0
    if (!gaveUp && !deservesRetry(done)) return
    await client.sleep(client.random.int(1, 500))
  }
}

/** Several calls at once under one `Idempotency-Key`, and one more later. */
const idempotent: Habit = async (client) => {
  const body = client.chatBody(client.random.chance(0.5))
  const headers = { 'idempotency-key': `key-${client.name}` }
  const group = client.random.int(2, 5)
  const calls = Array.from({ length: group }, async () => {
    await client.sleep(client.random.int(0, 200))
    return client.chat(body, headers)
  })
  // Somebody else happens to use the same key, for the same and for another body.
  if (client.random.chance(0.5)) {
    const foreign = { path: '/v1/chat/completions', headers, body }
    await client.ask({ method: 'POST', ...foreign }, client.other)
  }
  await Promise.all(calls)
  await client.chat(body, headers)
  if (client.random.chance(0.5)) await client.chat(client.chatBody(false, { n: 1 }), headers)
}

/** Loses its connection again and again, and comes back with its cursor each time. */
const resumer: Habit = async (client) => {
  const { random } = client
  const wish = random.pick(['grace', 'continue'])
  const first = await client.chat(
    client.chatBody(true),
    { 'x-gateway-on-disconnect': wish },
    { leaveAfterBytes: random.int(1, 2_000) },
  )
  const id = first.headers['x-request-id']
  if (id === undefined || first.status !== 200) return
  if (random.chance(0.3)) void viewer(client, id)
  let cursor = first.events.at(-1)?.id ?? null
  for (let tries = 0; tries < 12; tries += 1) {
    await client.sleep(random.pick([0, 10, 300]))
    const more = await resume(client, id, cursor, random.chance(0.6) && tries < 10)
    cursor = more.events.at(-1)?.id ?? cursor
    // 204: the cursor was the end already.
    if (more.end === 'whole' && (more.status === 200 || more.status === 204)) return
    if (more.status >= 400 && more.status < 500) return
  }
}

function resume(
  client: Client,
  id: string,
  cursor: string | null,
  leaves: boolean,
): Promise<Exchange> {
  const byQuery = cursor !== null && client.random.chance(0.5)
  return client.ask({
    method: 'GET',
    path: `/v1/generations/${id}/stream${byQuery ? `?starting_after=${cursor}` : ''}`,
    headers: cursor === null || byQuery ? {} : { 'last-event-id': cursor },
    leaveAfterBytes: leaves ? client.random.int(1, 1_500) : null,
  })
}

/** A second pair of eyes on the same stream, at a place of its own. */
async function viewer(client: Client, id: string): Promise<void> {
  await client.sleep(client.random.int(0, 500))
  await resume(client, id, null, client.random.chance(0.3))
}

/** Cursors that name no place in this log. */
const prober: Habit = async (client) => {
  const { random } = client
  const first = await client.chat(client.chatBody(true))
  const id = first.headers['x-request-id']
  const last = first.events.at(-1)?.id
  if (id === undefined || first.end !== 'whole' || !last) return
  const [epoch = '0', seq = '0'] = last.split(/[-.]/)
  const wrong = random.pick([
    `${epoch}-${String(Number(seq) + 7)}`,
    `${String(Number(epoch) + 12_345)}-1`,
    `${String(Number(epoch) - 1)}-1`,
    'garbage',
    `${epoch}-${seq}.999`,
  ])
  await resume(client, id, wrong, false)
}

const canceller: Habit = async (client) => {
  const wish = client.random.pick(['grace', 'continue'])
  const leaves = client.chat(
    client.chatBody(true),
    { 'x-gateway-on-disconnect': wish },
    { leaveAfterBytes: 1 },
  )
  const id = (await leaves).headers['x-request-id']
  if (id === undefined) return
  await client.sleep(client.random.int(0, 300))
  await client.ask({ method: 'POST', path: `/v1/generations/${id}/cancel`, body: '' })
  await resume(client, id, null, false)
}

/** Asks for what belongs to another tenant. */
const snooper: Habit = async (client) => {
  const first = client.chat(
    client.chatBody(true),
    { 'x-gateway-on-disconnect': 'continue' },
    { leaveAfterBytes: 1 },
  )
  const id = (await first).headers['x-request-id']
  if (id === undefined) return
  const path = `/v1/generations/${id}`
  await client.ask({ method: 'GET', path }, client.other)
  await client.ask({ method: 'GET', path: `${path}/stream` }, client.other)
  await client.ask({ method: 'POST', path: `${path}/cancel`, body: '' }, client.other)
  await client.ask({ method: 'GET', path })
}

/** Comes back when the log is not hot any more, if it can wait for that. */
const latecomer: Habit = async (client) => {
  const { random, context } = client
  const { retentionMs } = context.settings.timing
  const leaves = random.chance(0.5) ? { leaveAfterBytes: random.int(1, 3_000) } : {}
  const headers = { 'x-gateway-on-disconnect': 'continue' }
  const first = await client.chat(client.chatBody(random.chance(0.8)), headers, leaves)
  const id = first.headers['x-request-id']
  if (id === undefined || first.status !== 200) return
  await client.sleep(Math.min(retentionMs, 12_000) + context.settings.deadlineMs)
  await resume(client, id, first.events.at(-1)?.id ?? null, false)
  await resume(client, id, null, random.chance(0.3))
  await client.ask({ method: 'GET', path: `/v1/generations/${id}` })
  await client.ask({ method: 'GET', path: `/v1/generations/${id}/stream` }, client.other)
}

export const habits = {
  patient,
  slowReader,
  staller,
  leaver,
  sdk,
  idempotent,
  resumer,
  prober,
  canceller,
  snooper,
  latecomer,
} satisfies Readonly<Record<string, Habit>>
