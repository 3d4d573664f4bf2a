import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import type { ISocketFactory } from 'kafkajs'

export interface KafkaEventLogOptions {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[]
  /** What broker logs and quotas know this process by. */
  readonly clientId: string
  readonly clock: Clock
  /** Told about consumers that stop and batches that fail; kafkajs' own lines go to it at `debug`. Silent without. */
  readonly logger?: Logger
  /** Within this every call ends, Kafka away or not. Default 15,000. */
  readonly callTimeoutMs?: number
  /** A group member that has not been heard of for so long loses its partitions. Default 10,000; brokers refuse less than 6,000. */
  readonly sessionTimeoutMs?: number
  /** How connections are made: proxies, tests. */
  readonly socketFactory?: ISocketFactory
}
