import type { TopicLayout } from '@sluice/contracts/topics/topic'

/** A topic as the cluster has it. */
export interface TopicState {
  readonly partitions: number
  readonly settings: ReadonlyMap<string, string>
}

/** Where a topic is not what its contract says. */
export interface TopicDifference {
  readonly setting: string
  readonly is: string
  readonly wanted: string
  /** Partitions are not: the keys would move to other ones, and the order of a key would be lost. */
  readonly canBeSet: boolean
}

export interface TopicPlan {
  readonly topic: TopicLayout
  readonly exists: boolean
  readonly differences: readonly TopicDifference[]
}

/** What a contract asks of the cluster, as Kafka's topic settings. */
export function settingsOf({
  compacted,
  retentionMs,
  maxMessageBytes,
}: TopicLayout): [string, string][] {
  return [
    ['cleanup.policy', compacted ? 'compact' : 'delete'],
    ['retention.ms', String(retentionMs)],
    ...(maxMessageBytes === undefined
      ? []
      : [['max.message.bytes', String(maxMessageBytes)] as [string, string]]),
  ]
}

export function planTopic(topic: TopicLayout, state: TopicState | null): TopicPlan {
  if (!state) return { topic, exists: false, differences: [] }
  const settings = settingsOf(topic).flatMap(([setting, wanted]) => {
    const is = state.settings.get(setting) ?? ''
    return isEnough(setting, is, wanted) ? [] : [{ setting, is, wanted, canBeSet: true }]
  })
  const partitions = {
    setting: 'partitions',
    is: String(state.partitions),
    wanted: String(topic.partitions),
    canBeSet: false,
  }
  return {
    topic,
    exists: true,
    differences: partitions.is === partitions.wanted ? settings : [partitions, ...settings],
  }
}

/** An operator may let larger records in than a contract needs. */
function isEnough(setting: string, is: string, wanted: string): boolean {
  if (setting === 'max.message.bytes') return Number(is) >= Number(wanted)
  return is === wanted
}
