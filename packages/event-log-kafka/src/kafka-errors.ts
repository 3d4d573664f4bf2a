import { eventLogErrors } from '@sluice/event-log/errors'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'

const unknownTopic = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'])
const refusedEvent = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'])

/**
 * What a failure of kafkajs means to a caller. Kafka's own word for it is in `type`, on the error or on what it wraps; whatever does not
 * blame the call is taken for a cluster that is away or busy, since a repeat of a publish is always allowed.
 */
export function toGatewayError(error: unknown, topic: string): GatewayError {
  if (GatewayError.is(error)) return error
  const types = protocolTypes(error)
  if (types.some((type) => unknownTopic.has(type))) {
    return new GatewayError(eventLogErrors.unknown_topic, `there is no topic ${topic}`, {
      cause: error,
    })
  }
  if (types.some((type) => refusedEvent.has(type))) {
    return new GatewayError(eventLogErrors.event_refused, `kafka refused an event of ${topic}`, {
      cause: error,
    })
  }
  return unavailable('kafka is not reachable', error)
}

export function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError(kernelErrors.dependency_unavailable, message, { cause })
}

function protocolTypes(error: unknown): string[] {
  if (!Error.isError(error)) return []
  const { type, cause } = error as Error & { type?: unknown }
  return [...(typeof type === 'string' ? [type] : []), ...protocolTypes(cause)]
}
