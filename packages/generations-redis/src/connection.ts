import type { Clock } from '@sluice/kernel/clock'
import type { Redis, RedisOptions } from 'ioredis'
import { commandTimeoutMs } from './redis-generations-options.ts'

/** For every connection: RESP2, whose replies have one shape; reconnect for ever, soon. */
export const connectionOptions = {
  protocol: 2,
  connectTimeout: commandTimeoutMs,
  keepAlive: 10_000,
  autoResubscribe: false,
  disableClientInfo: true,
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 4), 500),
} satisfies RedisOptions

/** Resolves when the connection stands, or when it is clear that it will take longer. */
export async function connected(client: Redis, clock: Clock): Promise<void> {
  if (client.status === 'ready') return
  const { promise, resolve } = Promise.withResolvers<void>()
  using _patience = clock.after(commandTimeoutMs, resolve)
  client.once('ready', resolve)
  await promise
  client.off('ready', resolve)
}
