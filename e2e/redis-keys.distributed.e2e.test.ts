import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { readCluster } from './support/cluster.ts'
import { eventually, gatewayUnderTest, postChat } from './support/gateway.ts'

const { apis, key: adminKey } = gatewayUnderTest()
const [api = ''] = apis
const prefix = 'sluice:'

interface Row {
  readonly pattern: RegExp
  readonly type: string
  /** Infinity: never. */
  readonly expiresMs: number
}

const unitMs = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** The table of docs/operations/redis.md. */
function documented(): Row[] {
  const page = readFileSync(new URL('../docs/operations/redis.md', import.meta.url), 'utf8')
  const rows = page.matchAll(/^\| `([^`]+)` \| (\w+) \| .+ \| ([^|]+) \|$/gm)
  return [...rows].map(([, key = '', type = '', expires = '']) => ({
    pattern: new RegExp(`^${key.replaceAll(/[{}]/g, '\\$&').replaceAll(/<(\w+)>/g, part)}$`),
    type,
    expiresMs: msOf(expires),
  }))
}

function part(_placeholder: string, name: string): string {
  if (name === 'id') return '[0-9a-f-]{36}'
  return name === 'shard' ? '\\d+' : '.+'
}

function msOf(text: string): number {
  if (text === 'never') return Infinity
  const [, count, unit] = /^(\d+) (s|min|h|d)\b/.exec(text) ?? []
  if (count === undefined || unit === undefined) throw new Error(`not a time: ${text}`)
  return Number(count) * unitMs[unit as keyof typeof unitMs]
}

const isOver = /^(completed|failed|cancelled|expired)$/

async function problemWith(
  redis: Redis,
  key: string,
  rows: readonly Row[],
): Promise<string | null> {
  const [type, left] = await Promise.all([redis.type(key), redis.pttl(key)])
  if (type === 'none') return null // gone meanwhile
  const row = rows.find(({ pattern }) => pattern.test(key.slice(prefix.length)))
  if (row === undefined) return `${key}: not in the table`
  if (row.type !== type) return `${key}: a ${type}, not a ${row.type}`
  if (left > row.expiresMs) return `${key}: ${String(left)} ms`
  if (left >= 0 || row.expiresMs === Infinity) return null
  const state = type === 'hash' ? await redis.hget(key, 'state') : null
  if (state !== null && !isOver.test(state)) return null
  // Over since it was looked at, or for ever.
  return (await redis.pttl(key)) === -1 ? `${key}: never expires` : null
}

test('M-268 every key of Redis is in the documented table, and expires as it says', async () => {
  const body = { model: 'demo/chat', messages: [{ role: 'user', content: 'x'.repeat(20_000) }] }
  const kinds: Record<string, string>[] = [
    {},
    { 'idempotency-key': 'redis-keys' },
    { 'x-stainless-retry-count': '0' },
  ]
  for (const headers of kinds) {
    const response = await postChat(api, { ...body, stream: true }, { headers })
    await response.text()
    expect(response.status).toBe(200)
  }
  const made = await fetch(`${api}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'redis-keys',
      limits: { requests_per_minute: 5, tokens_per_minute: 100_000, concurrency: 2 },
      budget: { usd: 1, window: 'month' },
    }),
  })
  const { key } = (await made.json()) as { key: string }
  await eventually('a Redis that has just begun is believed: counters are seeded', async () => {
    const limited = await postChat(api, body, { headers: { authorization: `Bearer ${key}` } })
    return limited.ok || undefined
  })
  await fetch(`${api}/v1/models`, { headers: { authorization: 'Bearer sk-nobody' } })

  const redis = new Redis(readCluster().stores.redis)
  try {
    const rows = documented()
    const keys = new Set<string>()
    for await (const some of redis.scanStream({ match: `${prefix}*`, count: 1_000 }))
      for (const each of some as string[]) keys.add(each)
    const problems: string[] = []
    for (const each of keys) {
      const problem = await problemWith(redis, each, rows)
      if (problem !== null) problems.push(problem)
    }
    expect(problems).toEqual([])
    const found = rows.filter(({ pattern }) =>
      [...keys].some((each) => pattern.test(each.slice(prefix.length))),
    )
    expect(found.length).toBeGreaterThan(8)
  } finally {
    redis.disconnect()
  }
})
