import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'

export interface RedisWorkQueueOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string
  /** Before every key and channel: what shares a Redis must not share a prefix. */
  readonly keyPrefix: string
  readonly clock: Clock
  /** Names this process in `XINFO CONSUMERS`; need not be unique. */
  readonly instanceId: string
  /** Told about lost and restored connections, failed jobs and handlers that throw; silent without. */
  readonly logger?: Logger
  /** A call that Redis has not answered by then fails. Default 2,000. */
  readonly commandTimeoutMs?: number
}
