import type { TopicLayout } from '@sluice/contracts/topics/topic'
import type { Admin, ITopicConfig } from 'kafkajs'
import type { ClientSlot } from './client-slot.ts'

const wantedReplicas = 3

/** The admin step: creates what is missing, and leaves what exists as its operator made it. */
export async function createTopics(
  admin: ClientSlot<Admin>,
  topics: readonly TopicLayout[],
): Promise<void> {
  await admin.use('any', async (client) => {
    const existing = new Set(await client.listTopics())
    const missing = topics.filter(({ name }) => !existing.has(name))
    if (missing.length === 0) return
    const { brokers } = await client.describeCluster()
    const replicas = Math.min(wantedReplicas, brokers.length)
    // One by one: when another process creates some of them meanwhile, the others must not be left out.
    for (const layout of missing) {
      await client.createTopics({ topics: [toConfig(layout, replicas)], waitForLeaders: true })
    }
  })
}

function toConfig(layout: TopicLayout, replicas: number): ITopicConfig {
  const { name, partitions, retentionMs, compacted } = layout
  return {
    topic: name,
    numPartitions: partitions,
    replicationFactor: replicas,
    configEntries: [
      { name: 'cleanup.policy', value: compacted ? 'compact' : 'delete' },
      { name: 'retention.ms', value: String(retentionMs) },
      // With three copies a publish is durable on two before it resolves; with fewer one broker may be all there is.
      { name: 'min.insync.replicas', value: replicas >= wantedReplicas ? '2' : '1' },
    ],
  }
}
