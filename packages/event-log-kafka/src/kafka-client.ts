import { Kafka, logLevel, type logCreator } from 'kafkajs'
import type { KafkaEventLogOptions } from './kafka-event-log-options.ts'

/** Nine attempts over about six seconds: longer than a leader election, shorter than a caller's patience. */
export const retry = {
  retries: 8,
  initialRetryTime: 100,
  multiplier: 2,
  factor: 0.2,
  maxRetryTime: 1000,
}

export function createKafka(options: KafkaEventLogOptions): Kafka {
  const { brokers, clientId, logger, socketFactory } = options
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 2000,
    requestTimeout: 5000,
    retry,
    ...(socketFactory === undefined ? {} : { socketFactory }),
    logLevel: logger === undefined ? logLevel.NOTHING : logLevel.INFO,
    logCreator: toLogger(logger),
  })
}

/**
 * kafkajs says ERROR to first answers that it then repeats with success (a coordinator that loads, a leader that moves), so it may speak at
 * `debug` only; what matters to an operator is said by this package.
 */
function toLogger(logger: KafkaEventLogOptions['logger']): logCreator {
  return () =>
    ({ namespace, label, log: { message, ...fields } }) => {
      logger?.debug({ ...fields, namespace, severity: label }, message)
    }
}
