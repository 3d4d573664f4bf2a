import type { AnyTopic } from '@sluice/contracts/topics/topic'
import { eventSchema } from './event-schema.ts'

/** Payloads are JSON Schema 2020-12, of which AsyncAPI's own dialect is an older relative. */
const schemaFormat = 'application/schema+json;version=draft-2020-12'

/** All topics as one AsyncAPI document: what the gateway sends. Schemas are within, so that the file stands alone. */
export function asyncApi(
  topics: readonly AnyTopic[],
  exampleOf: (topic: AnyTopic) => Record<string, unknown>,
): Record<string, unknown> {
  const each = <Value>(value: (topic: AnyTopic) => Value) =>
    Object.fromEntries(topics.map((topic) => [idOf(topic), value(topic)]))
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Sluice: facts',
      version: '1',
      description:
        'What happened in the gateway, for data teams. At least once, in the order of its key; dedupe on ce_id. A reader ignores members that it does not know.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: each(channelOf),
    operations: each((topic) => ({
      action: 'send',
      channel: { $ref: `#/channels/${idOf(topic)}` },
      messages: [{ $ref: `#/channels/${idOf(topic)}/messages/event` }],
      summary: topic.description,
    })),
    components: {
      messages: each((topic) => messageOf(topic, exampleOf(topic))),
      messageTraits: { cloudEvent: { headers } },
    },
  }
}

/** Names in AsyncAPI take no dots. */
function idOf({ name }: AnyTopic): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_')
}

function channelOf(topic: AnyTopic) {
  const { name, partitions, retentionMs, compacted, maxMessageBytes } = topic
  return {
    address: name,
    title: topic.type,
    description: `${topic.description} Key: ${topic.keyedBy}. ${topic.order}`,
    messages: { event: { $ref: `#/components/messages/${idOf(topic)}` } },
    tags: [{ name: topic.content ? 'content' : 'metadata' }, { name: topic.owner }],
    bindings: {
      kafka: {
        topic: name,
        partitions,
        topicConfiguration: {
          'cleanup.policy': [compacted ? 'compact' : 'delete'],
          'retention.ms': retentionMs,
          ...(maxMessageBytes === undefined ? {} : { 'max.message.bytes': maxMessageBytes }),
        },
        bindingVersion: '0.5.0',
      },
    },
  }
}

function messageOf(topic: AnyTopic, example: Record<string, unknown>) {
  const { $schema: _, $id: __, ...schema } = eventSchema(topic)
  return {
    name: topic.type,
    title: topic.type,
    summary: topic.draft ? `Draft, not written yet. ${topic.description}` : topic.description,
    contentType: 'application/json',
    traits: [{ $ref: '#/components/messageTraits/cloudEvent' }],
    payload: { schemaFormat, schema },
    bindings: {
      kafka: { key: { type: 'string', description: topic.keyedBy }, bindingVersion: '0.5.0' },
    },
    examples: [{ name: 'golden', payload: example }],
  }
}

const text = (description: string) => ({ type: 'string', description })

/** CloudEvents 1.0, Kafka binding, binary mode; as `toHeaders` of packages/event-log writes them. */
const headers = {
  type: 'object',
  required: [
    'ce_specversion',
    'ce_id',
    'ce_source',
    'ce_type',
    'ce_subject',
    'ce_time',
    'ce_tenant',
    'content-type',
    'schema-version',
  ],
  properties: {
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: text('the same on every repetition of the fact: dedupe on it'),
    ce_source: text('the service that states the fact: /sluice/usage'),
    ce_type: text('sluice.<noun>.<past-verb>'),
    ce_subject: text('what it is about'),
    ce_time: text('when it happened, RFC 3339'),
    ce_tenant: text('whose it is; empty = the operator’s'),
    'content-type': { type: 'string', const: 'application/json' },
    'schema-version': text('version of the event’s schema'),
    traceparent: text('W3C trace context of what caused it, where there is one'),
  },
}
