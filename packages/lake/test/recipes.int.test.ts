// Needs a python with duckdb and pyiceberg: DATA_PYTHON, or python3 (docs/data/requirements.txt).
import { execFile, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decisions } from '@sluice/contracts/lake/tables'
import { allTopics } from '@sluice/contracts/topics/all-topics'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { LakeFolder } from '../src/lake-folder.ts'
import { LakeWriter } from '../src/lake-writer.ts'
import {
  eventOf,
  requestIdAt,
  topicOf,
  turnEvent,
  turnTopic,
  usageEvent,
  usageTopic,
} from '../src/testing/lake-events.ts'

const python = process.env['DATA_PYTHON'] ?? 'python3'
const hasEngine = spawnSync(python, ['-c', 'import duckdb, pyiceberg, pyarrow, pytz']).status === 0
const repository = join(import.meta.dirname, '../../..')
const recipes = 'docs/data/recipes'

if (hasEngine) runRecipes()
else {
  console.warn(`skipped: ${python} has no duckdb and pyiceberg (set DATA_PYTHON)`)
  // A file without a test is an error to the runner. Python is nothing that the project needs: `.ci/run` has it.
  test.todo('runs where DATA_PYTHON has duckdb and pyiceberg')
}

function runRecipes(): void {
  let lake = ''
  let found: readonly (readonly unknown[])[] = []
  beforeAll(async () => {
    lake = await mkdtemp(join(tmpdir(), 'recipes-'))
    await fill(lake)
    found = await rowsOf(...files.map(([path]) => path))
  })
  afterAll(async () => {
    await rm(lake, { recursive: true, force: true })
  })

  async function rowsOf(...args: readonly string[]) {
    const query = ['docs/data/query.py', '--lake', lake, '--json', ...args]
    const { stdout } = await promisify(execFile)(python, query, { cwd: repository })
    return stdout.split('\n\n').map((part) => {
      const lines = part.split('\n').filter((line) => line !== '')
      return lines.map((line) => JSON.parse(line) as unknown)
    })
  }

  const expected: Readonly<Record<string, unknown>> = {
    '01-spend-per-day.sql': [
      { tenant_id: 'acme', day: '2026-01-01', calls: 3, usd: 6 },
      { tenant_id: 'acme', day: '2026-01-02', calls: 1, usd: 4 },
      { tenant_id: 'other', day: '2026-01-01', calls: 1, usd: 8 },
    ],
    '02-top-spenders.sql': [
      { who: 'anna', calls: 3, tokens: 60, usd: 8 },
      { who: 'k1', calls: 1, tokens: 20, usd: 2 },
    ],
    '03-margin.sql': [
      { model: 'acme/fast', paid_usd: 10, cost_usd: 7, margin_usd: 3 },
      { model: 'other/quick', paid_usd: 8, cost_usd: 1, margin_usd: 7 },
    ],
    '04-error-rate.sql': [
      {
        provider: 'acme',
        hour: '2026-01-01 10:00:00+00:00',
        calls: 3,
        failed: 0.3333,
        most_frequent: 'provider_unavailable',
      },
      {
        provider: 'other',
        hour: '2026-01-01 10:00:00+00:00',
        calls: 1,
        failed: 0,
        most_frequent: null,
      },
    ],
    '05-latency.sql': [
      {
        model: 'acme/fast',
        calls: 3,
        first_part_p50_ms: 100,
        first_part_p95_ms: 190,
        whole_p95_ms: 1000,
      },
      {
        model: 'other/quick',
        calls: 1,
        first_part_p50_ms: 100,
        first_part_p95_ms: 100,
        whole_p95_ms: 1000,
      },
    ],
    '06-prompt-cache.sql': [
      { model: 'acme/fast', input_tokens: 40, cached: 10, share: 0.25 },
      { model: 'other/quick', input_tokens: 10, cached: 0, share: 0 },
    ],
    '07-fallbacks.sql': [
      { first_choice: 'acme/fast', answered: 'other/quick', calls: 1, attempts: 2 },
    ],
    '08-passed-over.sql': [
      { model: 'acme/tiny', lacks: 'tools', calls: 2 },
      { model: 'acme/tiny', lacks: 'vision', calls: 1 },
    ],
    '09-conversation.sql': [
      {
        timestamp: '2026-01-01 10:00:00+00:00',
        role: 'user',
        content: 'How warm is it?',
        model: 'm',
      },
      {
        timestamp: '2026-01-01 10:00:05+00:00',
        role: 'assistant',
        content: '21 degrees',
        model: 'm',
      },
      {
        timestamp: '2026-01-01 10:00:02+00:00',
        role: 'user',
        content: 'And the sea?',
        model: 'm',
      },
      {
        timestamp: '2026-01-01 10:00:03+00:00',
        role: 'assistant',
        content: '19 degrees',
        model: 'm',
      },
    ],
    '10-health.sql': [
      { table: 'conversations', rows: 5, repeated: 0, newest: '2026-01-01 10:00:05+00:00' },
      { table: 'decisions', rows: 2, repeated: 0, newest: '2026-01-01 10:00:00+00:00' },
      expect.objectContaining({ table: 'quarantine: not json', rows: 1, repeated: 0 }),
      { table: 'usage', rows: 5, repeated: 0, newest: '2026-01-02 10:00:00+00:00' },
    ],
  }

  /** By path, with what each gives. */
  const files = [
    ...Object.entries(expected).map(([file, rows]) => [`${recipes}/${file}`, rows] as const),
    [
      'examples/consumers/sql/spend_per_tenant.sql',
      [
        { tenant_id: 'acme', calls: 4, usd: '10.000000000' },
        { tenant_id: 'other', calls: 1, usd: '8.000000000' },
      ],
    ] as const,
  ]

  describe('M-261 M-267: the SQL of docs/data, on the lake in a folder', () => {
    test('there are ten recipes, and each is run here', () => {
      const names = readdirSync(join(repository, recipes)).filter((file) => /^\d\d-/.test(file))
      expect(names.toSorted()).toEqual(Object.keys(expected))
    })

    test.each(files.map(([path, rows], place) => [path, rows, place] as const))(
      '%s',
      (_, rows, place) => {
        expect(found[place]).toEqual(rows)
      },
    )

    test('the views show a fact once although its row is there twice', async () => {
      const twice = [
        'CREATE TABLE written AS SELECT * FROM gateway.usage',
        'CREATE OR REPLACE VIEW gateway.usage AS SELECT * FROM written UNION ALL SELECT * FROM written',
        'SELECT (SELECT count(*) FROM gateway.usage) AS written, (SELECT count(*) FROM gateway.usage_once) AS facts',
      ]
      expect(await rowsOf('-c', twice.join(';'))).toEqual([[{ written: 10, facts: 5 }]])
    })
  })
}

/** Four calls of one tenant on two days and one of another, two decisions, two conversations, and a record that is no bill. */
async function fill(lake: string): Promise<void> {
  const clock = createFakeClock()
  await using events = createMemoryEventLog({ clock })
  await events.createTopics(allTopics)
  const first = Date.UTC(2026, 0, 1, 10)
  const usd = (amount: number) => ({ amount_nano_usd: amount * 1e9 })
  const fast = {
    model: 'acme/fast',
    provider: 'acme',
    input_tokens: 10,
    output_tokens: 10,
    cached_input_tokens: 0,
    first_part_ms: 100,
  }
  const quick = { ...fast, model: 'other/quick', provider: 'other' }
  const cost = (...amounts: number[]) => ({
    calls: amounts.map((amount, i) => ({
      attempt: i + 1,
      provider: 'acme',
      cost_nano_usd: amount * 1e9,
    })),
  })
  const bills = [
    usageEvent(1, first, { ...fast, ...usd(4), ...cost(2), cached_input_tokens: 10 }),
    usageEvent(2, first, { ...fast, ...usd(2), ...cost(1, 1), user_id: null }),
    usageEvent(3, first, {
      ...fast,
      ...usd(0),
      ...cost(1),
      state: 'failed',
      error_code: 'provider_unavailable',
    }),
    usageEvent(4, first + 86_400_000, { ...fast, ...usd(4), ...cost(2), first_part_ms: 200 }),
    usageEvent(5, first, { ...quick, ...usd(8), ...cost(1), tenant_id: 'other' }),
  ]
  await events.publish(usageTopic.name, [
    ...bills,
    ...bills,
    eventOf('poison', '{"not json', first),
  ])
  const decision = (n: number, model: string, lacks: readonly string[]) => {
    const request_id = requestIdAt(first, n)
    const fact = {
      request_id,
      tenant_id: 'acme',
      project_id: 'default',
      key_id: 'k1',
      user_id: 'anna',
      requested_model: 'fast',
      reason: { code: 'alias', detail: 'fast' },
      targets: [
        { provider: 'acme', model: 'acme/fast' },
        { provider: 'other', model: 'other/quick' },
      ],
      skipped: [{ model: 'acme/tiny', lacks }],
      provider: 'acme',
      model,
      attempts: model === 'acme/fast' ? 1 : 2,
      occurred_at: first,
      schema_version: 1,
    }
    return eventOf(request_id, JSON.stringify(fact), first)
  }
  await events.publish(topicOf(decisions).name, [
    decision(1, 'acme/fast', ['tools']),
    decision(5, 'other/quick', ['tools', 'vision']),
  ])
  const turn = { n: 1, session: 'support-42', acceptedAt: first }
  const later = { n: 3, session: 'support-42', acceptedAt: first + 2000 }
  // Two calls at once, whose bills two processes wrote: the later one's is there first.
  await events.publish(turnTopic.name, [
    turnEvent({ ...later, at: first + 2000, content: 'And the sea?' }),
    turnEvent({ ...later, at: first + 3000, turn: 1, content: '19 degrees' }),
    turnEvent({ ...turn, at: first, content: 'How warm is it?' }),
    turnEvent({ ...turn, at: first + 5000, turn: 1, content: '21 degrees' }),
    turnEvent({ n: 2, at: first + 2000, user: 'bea', session: 'other', content: 'Hello' }),
  ])
  await new LakeWriter({ folder: new LakeFolder(lake, { clock }), events, clock }).write()
}
