import type { TopicLayout } from '@sluice/contracts/topics/topic'
import kafkajs, { type Admin } from 'kafkajs'
import { ClientSlot } from './client-slot.ts'
import { createKafka } from './kafka-client.ts'
import type { KafkaEventLogOptions } from './kafka-event-log-options.ts'
import { createTopics } from './kafka-topics.ts'
import { planTopic, type TopicPlan, type TopicState } from './topic-plan.ts'

export type { TopicDifference, TopicPlan } from './topic-plan.ts'

/** What an operator does to topics: never done by a gateway on its own. */
export interface TopicAdmin extends AsyncDisposable {
  /** What lies between the cluster and these contracts. Changes nothing. */
  plan(topics: readonly TopicLayout[]): Promise<readonly TopicPlan[]>
  /** Creates what is missing; with `update` it also sets what differs and can be set. Other settings of a topic stay as they are. */
  apply(plans: readonly TopicPlan[], options: { readonly update: boolean }): Promise<void>
}

const callTimeoutMs = 30_000
/** `CONFIG_SOURCE_TOPIC` of the protocol: set on the topic itself. */
const setOnTopic = 1

export function createTopicAdmin(options: KafkaEventLogOptions): TopicAdmin {
  const kafka = createKafka(options)
  const admin = new ClientSlot<Admin>(() => kafka.admin(), options.clock, callTimeoutMs)
  return {
    async plan(topics) {
      const states = await admin.use('topics', (client) => describe(client, topics))
      return topics.map((topic) => planTopic(topic, states.get(topic.name) ?? null))
    },
    async apply(plans, { update }) {
      const layouts = plans.filter(({ exists }) => !exists).map(({ topic }) => topic)
      await createTopics(admin, options.clock, layouts)
      if (!update) return
      for (const plan of plans) await admin.use(plan.topic.name, (client) => set(client, plan))
    },
    [Symbol.asyncDispose]: () => admin[Symbol.asyncDispose](),
  }
}

async function describe(
  client: Admin,
  topics: readonly TopicLayout[],
): Promise<ReadonlyMap<string, TopicState>> {
  const existing = new Set(await client.listTopics())
  const names = topics.map(({ name }) => name).filter((name) => existing.has(name))
  if (names.length === 0) return new Map()
  const { topics: found } = await client.fetchTopicMetadata({ topics: names })
  const states = found.map(async ({ name, partitions }) => {
    const entries = await settingsOn(client, name)
    const settings = new Map(entries.map((entry) => [entry.configName, entry.configValue]))
    return [name, { partitions: partitions.length, settings }] as const
  })
  return new Map(await Promise.all(states))
}

/** Kafka's call replaces all settings of a topic, so what is set on it already is sent along. */
async function set(client: Admin, { topic: { name }, differences }: TopicPlan): Promise<void> {
  const changes = differences.filter(({ canBeSet }) => canBeSet)
  if (changes.length === 0) return
  const own = (await settingsOn(client, name)).filter(
    (entry) => Number(entry.configSource) === setOnTopic,
  )
  const settings = new Map(own.map((entry) => [entry.configName, entry.configValue]))
  for (const { setting, wanted } of changes) settings.set(setting, wanted)
  const configEntries = [...settings].map(([configName, value]) => ({ name: configName, value }))
  await client.alterConfigs({
    validateOnly: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries }],
  })
}

async function settingsOn(client: Admin, name: string) {
  const { resources } = await client.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }],
  })
  return resources[0]?.configEntries ?? []
}
