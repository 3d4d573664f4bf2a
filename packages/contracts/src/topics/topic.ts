import type { z } from 'zod'

/** How a topic is laid out: what an admin step creates it from. */
export interface TopicLayout {
  /** Kafka topic name, unless the operator gave it another (`topic-names.ts`). */
  readonly name: string
  readonly partitions: number
  /** Milliseconds; -1 = for ever. */
  readonly retentionMs: number
  readonly compacted: boolean
  /** Largest record, bytes, where it may be more than brokers take by themselves (1 MiB). */
  readonly maxMessageBytes?: number
}

/** A fact stream: its layout, what one event carries, and what keeps events in order. */
export interface Topic<Payload> extends TopicLayout {
  /** What one event says, and when it is written: a sentence or two for the topic's page. */
  readonly description: string
  /** Nothing writes it yet: it may still change, and nobody may rely on it. */
  readonly draft?: true
  /** The service that answers for it, and writes most of it; who stated an event is in its `ce_source`. */
  readonly owner: string
  /** What the key is, in words. */
  readonly keyedBy: string
  /** What follows from the key for those who read. */
  readonly order: string
  /** Where the id that readers dedupe on stands in the payload; null = only in `ce_id`. */
  readonly dedupe: string | null
  /** Carries what people wrote or were answered: kept short, and read by fewer. */
  readonly content: boolean
  /** What in it is about a person, in words. */
  readonly personal: string
  /** CloudEvents type: `sluice.<noun>.<past-verb>`. */
  readonly type: string
  readonly version: number
  readonly payload: z.ZodType<Payload>
  /** Events with equal keys keep their order. */
  readonly key: (payload: Payload) => string
}

/** Some topic: what all have, whatever their payload. */
export type AnyTopic = Omit<Topic<never>, 'payload'> & { readonly payload: z.ZodType }

export function defineTopic<Payload>(topic: Topic<Payload>): Topic<Payload> {
  return Object.freeze(topic)
}

/** On an enumeration of an event: values may be added within a version, so a reader must let one pass that it does not know. */
export const openValues = { 'x-open-values': true } as const
