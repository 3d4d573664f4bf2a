import type { Topic } from '@sluice/contracts/topics/topic'
import type { EventAttributes, NewEvent } from './event-log.ts'

/** What the fact itself does not say about its event. */
export interface EventContext {
  /** Stable across repeats of the same fact. */
  readonly id: string
  /** The service that states it: `/sluice/usage`. */
  readonly source: string
  /** What it is about, within the source: an entity's id. */
  readonly subject: string
  /** When it happened, Unix ms. */
  readonly time: number
  readonly tenant: string
  /** W3C trace context of whatever caused it. */
  readonly traceparent?: string | undefined
}

/** The event of one fact. Throws when the payload is not what the topic's contract says: producers are strict, readers are not. */
export function toEvent<Payload>(
  topic: Topic<Payload>,
  payload: Payload,
  { id, source, subject, time, tenant, traceparent }: EventContext,
): NewEvent {
  const fact = topic.payload.parse(payload)
  return {
    key: topic.key(fact),
    value: JSON.stringify(fact),
    attributes: {
      id,
      source,
      type: topic.type,
      subject,
      time: new Date(time).toISOString(),
      tenant,
      schemaversion: String(topic.version),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  }
}

/**
 * CloudEvents Kafka binding, binary mode: attributes as `ce_` headers, the payload alone in the value. `traceparent` and
 * `schema-version` have no prefix, since that is where tracing and schema tools look for them.
 */
export function toHeaders(attributes: EventAttributes): Record<string, string> {
  const { id, source, type, subject, time, tenant, schemaversion, traceparent } = attributes
  return {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: source,
    ce_type: type,
    ce_subject: subject,
    ce_time: time,
    ce_tenant: tenant,
    'content-type': 'application/json',
    'schema-version': schemaversion,
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

/** Where a record was found: stands in for what a foreign producer did not say. */
export interface RecordOrigin {
  /** Unique and stable: `<topic>/<partition>/<offset>`. */
  readonly position: string
  /** Unix ms the log took it. */
  readonly time: number
}

/** The other way. A record without our headers is still an event: a reader that stumbled over one would stand still for ever. */
export function fromHeaders(headers: RecordHeaders, origin: RecordOrigin): EventAttributes {
  const traceparent = text(headers, 'traceparent')
  return {
    id: text(headers, 'ce_id') ?? origin.position,
    source: text(headers, 'ce_source') ?? '',
    type: text(headers, 'ce_type') ?? '',
    subject: text(headers, 'ce_subject') ?? '',
    time: text(headers, 'ce_time') ?? new Date(origin.time).toISOString(),
    tenant: text(headers, 'ce_tenant') ?? '',
    schemaversion: text(headers, 'schema-version') ?? '',
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

type HeaderValue = Buffer | string | undefined
/** As Kafka clients give them: bytes or text, several when a name repeats. */
export type RecordHeaders = Readonly<Record<string, HeaderValue | HeaderValue[]>>

function text(headers: RecordHeaders, name: string): string | undefined {
  const value = headers[name]
  return (Array.isArray(value) ? value[0] : value)?.toString()
}
