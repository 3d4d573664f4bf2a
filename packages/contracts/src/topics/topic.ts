import type { z } from 'zod'

/** How a topic is laid out: what an admin step creates it from. */
export interface TopicLayout {
  /** Kafka topic name. */
  readonly name: string
  readonly partitions: number
  /** Milliseconds; -1 = for ever. */
  readonly retentionMs: number
  readonly compacted: boolean
}

/** A fact stream: its layout, what one event carries, and what keeps events in order. */
export interface Topic<Payload> extends TopicLayout {
  /** What one event says, and when it is written: a sentence or two for the topic's page. */
  readonly description: string
  /** What the key is, in words. */
  readonly keyedBy: string
  /** Carries what people wrote or were answered: kept short, and read by fewer. */
  readonly content: boolean
  /** CloudEvents type: `sluice.<noun>.<past-verb>`. */
  readonly type: string
  readonly version: number
  readonly payload: z.ZodType<Payload>
  /** Events with equal keys keep their order. */
  readonly key: (payload: Payload) => string
}

export function defineTopic<Payload>(topic: Topic<Payload>): Topic<Payload> {
  return Object.freeze(topic)
}
