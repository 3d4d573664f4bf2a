// Needs Kafka 4: KAFKA_BROKERS.
import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { systemClock } from '@sluice/kernel/clock'
import { createTopicAdmin } from '../src/topic-admin.ts'

const addresses = process.env['KAFKA_BROKERS']?.split(',')

if (addresses === undefined) {
  console.warn('skipped: set KAFKA_BROKERS to run the topic admin against Kafka')
  // A file without a test is an error to the runner. `npm test` names the missing server, and fails for it with REQUIRE_SERVERS=1.
  test.todo('runs against Kafka when KAFKA_BROKERS is set')
} else {
  runAgainst(addresses)
}

function runAgainst(brokers: string[]): void {
  test('M-261: sets what differs, keeps what else an operator has set, and never adds partitions', async () => {
    const name = `kafka.${randomUUID()}`
    const kafka = new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING })
    const client = kafka.admin()
    await client.connect()
    await client.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic: name,
          numPartitions: 2,
          replicationFactor: 1,
          configEntries: [
            { name: 'retention.ms', value: '1000000' },
            { name: 'segment.ms', value: '7777777' },
          ],
        },
      ],
    })
    await using admin = createTopicAdmin({ brokers, clientId: 'test', clock: systemClock })
    const topic = {
      name,
      partitions: 12,
      retentionMs: 2_000_000,
      compacted: false,
      maxMessageBytes: 4_000_000,
    }
    const plans = await admin.plan([topic])
    expect(plans[0]?.differences.map(({ setting }) => setting)).toEqual([
      'partitions',
      'retention.ms',
      'max.message.bytes',
    ])
    await admin.apply(plans, { update: false })
    expect(await admin.plan([topic])).toEqual(plans)

    await admin.apply(plans, { update: true })
    expect((await admin.plan([topic]))[0]?.differences.map(({ setting }) => setting)).toEqual([
      'partitions',
    ])
    const { resources } = await client.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name }],
    })
    const settings = new Map(
      resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]),
    )
    expect(settings.get('segment.ms')).toBe('7777777')
    expect(settings.get('retention.ms')).toBe('2000000')
    await client.disconnect()
  })
}
