import type { TopicLayout } from '@sluice/contracts/topics/topic'
import type { EventLog } from './event-log.ts'

/** From a topic's name in its contract to what it is called in this installation; the others keep theirs. */
export type TopicNames = Readonly<Record<string, string>>

export function nameOf(topic: string, names: TopicNames): string {
  return names[topic] ?? topic
}

export function withNames<Layout extends TopicLayout>(
  topics: readonly Layout[],
  names: TopicNames,
): readonly Layout[] {
  return topics.map((topic) => ({ ...topic, name: nameOf(topic.name, names) }))
}

/** The same log for everybody who calls topics by their contracts' names. */
export function renameTopics(log: EventLog, names: TopicNames): EventLog {
  if (Object.keys(names).length === 0) return log
  return {
    adapter: log.adapter,
    createTopics: (topics) => log.createTopics(withNames(topics, names)),
    publish: (topic, events) => log.publish(nameOf(topic, names), events),
    subscribe: (topic, options, handler) => log.subscribe(nameOf(topic, names), options, handler),
    read: (topic, partition, offset, limit) =>
      log.read(nameOf(topic, names), partition, offset, limit),
    rewrite: (topic, change) => log.rewrite(nameOf(topic, names), change),
    ping: () => log.ping(),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  }
}
