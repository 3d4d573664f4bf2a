// Needs Kafka 4: KAFKA_BROKERS.
import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { createKafkaEventLog } from '@sluice/event-log-kafka'
import { systemClock } from '@sluice/kernel/clock'
import { runCli } from '../src/cli.ts'

const brokers = process.env['KAFKA_BROKERS']

if (brokers === undefined) {
  console.warn('skipped: set KAFKA_BROKERS to run `sluice topics apply` against Kafka')
  // A file without a test is an error to the runner. `npm test` names the missing server, and fails for it with REQUIRE_SERVERS=1.
  test.todo('runs against Kafka when KAFKA_BROKERS is set')
} else {
  runAgainst(brokers)
}

interface Difference {
  readonly setting: string
  readonly is: string
}
interface Report {
  readonly name: string
  readonly action: string
  readonly differences: readonly Difference[]
}

function runAgainst(addresses: string): void {
  /** Names of this run, so that others may use the same Kafka. */
  const nameOf = (topic: string) => `acme.${topic}.${randomUUID()}`
  const [turns, checkpoints, bills] = [nameOf('turns'), nameOf('checkpoints'), nameOf('bills')]
  const env = {
    KAFKA_BROKERS: addresses,
    KAFKA_TOPIC_CONVERSATIONS: turns,
    KAFKA_TOPIC_CHECKPOINTS: checkpoints,
    KAFKA_TOPIC_USAGE: bills,
  }

  async function apply(...options: string[]) {
    const lines: string[] = []
    const errors: string[] = []
    const code = await runCli(['--json', 'topics', 'apply', ...options], env, {
      out: (text) => lines.push(text),
      error: (text) => errors.push(text),
    })
    const { topics } = JSON.parse(lines.join('')) as { topics: Report[] }
    const of = (name: string) => topics.find((topic) => topic.name === name)
    return { code, errors: errors.join('\n'), of }
  }

  test('M-261: topics apply creates what is missing under the operator’s names, and a dry run only says so', async () => {
    const dry = await apply('--dry-run')
    expect([dry.code, dry.of(bills)?.action]).toEqual([3, 'create'])
    expect(dry.errors).toContain(bills)
    const done = await apply()
    expect([done.code, done.of(bills)?.action, done.of('gateway_usage')]).toEqual([
      0,
      'create',
      undefined,
    ])
    const again = await apply()
    for (const name of [turns, checkpoints, bills])
      expect(again.of(name)).toEqual({ name, action: 'none', differences: [] })
  })

  test('M-261: topics apply says where a topic is other than agreed, and sets it only when asked', async () => {
    const other = nameOf('other')
    await using events = createKafkaEventLog({
      brokers: addresses.split(','),
      clientId: 'test',
      clock: systemClock,
    })
    await events.createTopics([
      { name: other, partitions: 3, retentionMs: 1_000_000, compacted: true },
    ])
    Object.assign(env, { KAFKA_TOPIC_CHECKPOINTS: other })
    const differences = (report: Report | undefined) =>
      report?.differences.map(({ setting, is }) => `${setting} ${is}`)
    const before = [
      'partitions 3',
      'cleanup.policy compact',
      'retention.ms 1000000',
      'max.message.bytes 1048588',
    ]
    const found = await apply()
    expect([found.code, differences(found.of(other))]).toEqual([0, before])
    const dry = await apply('--dry-run', '--update')
    expect([dry.code, dry.of(other)?.action]).toEqual([3, 'update'])
    const updated = await apply('--update')
    expect([updated.code, differences(updated.of(other))]).toEqual([0, before])
    const left = await apply('--dry-run')
    expect([left.code, differences(left.of(other))]).toEqual([3, ['partitions 3']])
  })

  test('M-261: two topics of one name are refused before anything is done', async () => {
    const errors: string[] = []
    const code = await runCli(
      ['topics', 'apply'],
      { ...env, KAFKA_TOPIC_USAGE: turns },
      { out: () => undefined, error: (text) => errors.push(text) },
    )
    expect([code, errors.join('\n')]).toEqual([2, expect.stringContaining(turns)])
  })
}
