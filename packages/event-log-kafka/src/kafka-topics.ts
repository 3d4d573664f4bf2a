import type { TopicLayout } from '@sluice/contracts/topics/topic'
import { sleep, type Clock } from '@sluice/kernel/clock'
import type { Admin, ITopicConfig } from 'kafkajs'
import type { ClientSlot } from './client-slot.ts'
import { settingsOf } from './topic-plan.ts'

const wantedReplicas = 3
const readyCheckPauseMs = 100
const maxReadyChecks = 50

/** The admin step: creates what is missing, and leaves what exists as its operator made it. Resolves when it can be published to. */
export async function createTopics(
  admin: ClientSlot<Admin>,
  clock: Clock,
  topics: readonly TopicLayout[],
): Promise<void> {
  const names = topics.map(({ name }) => name).join(', ')
  await admin.use(names, async (client) => {
    const existing = new Set(await client.listTopics())
    const missing = topics.filter(({ name }) => !existing.has(name))
    if (missing.length === 0) return
    const { brokers } = await client.describeCluster()
    const replicas = Math.min(wantedReplicas, brokers.length)
    // One by one: when another process creates some of them meanwhile, the others must not be left out.
    for (const layout of missing) {
      await client.createTopics({ topics: [toConfig(layout, replicas)], waitForLeaders: false })
    }
    for (const { name } of missing) await isReady(client, clock, name)
  })
}

/**
 * kafkajs' own wait takes "unknown" for an answer, which is what a broker says that has not heard of the new topic yet. And a leader that is
 * named but not ready makes a publish to several partitions arrive twice in the others, so every partition is asked for its offsets.
 */
async function isReady(client: Admin, clock: Clock, topic: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.fetchTopicMetadata({ topics: [topic] })
      await client.fetchTopicOffsets(topic)
      return
    } catch (error) {
      if (attempt === maxReadyChecks) throw error
    }
    await sleep(clock, readyCheckPauseMs)
  }
}

function toConfig(layout: TopicLayout, replicas: number): ITopicConfig {
  return {
    topic: layout.name,
    numPartitions: layout.partitions,
    replicationFactor: replicas,
    configEntries: [
      ...settingsOf(layout).map(([name, value]) => ({ name, value })),
      // With three copies a publish is durable on two before it resolves; with fewer one broker may be all there is.
      { name: 'min.insync.replicas', value: replicas >= wantedReplicas ? '2' : '1' },
    ],
  }
}
