import { randomUUID } from 'node:crypto'
import {
  contractTiming,
  type Harness,
  type HarnessOptions,
} from '@sluice/generations-testing/contract-case'
import type { Generations } from '@sluice/generations'
import { sleep, systemClock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import { Redis } from 'ioredis'
import { readFunctionLibrary } from '../src/function-library.ts'
import { createRedisGenerations } from '../src/redis-generations.ts'
import { RedisLink } from '../src/redis-link.ts'
import { Shard } from '../src/shard.ts'

export interface RedisHarnessOptions extends HarnessOptions {
  readonly shards?: number
  readonly keyPrefix?: string
  readonly highlyAvailable?: boolean
  readonly logger?: Logger
}

export interface RedisHarness extends Harness {
  readonly keyPrefix: string
  /** Closes the adapters and leaves everything in Redis as it is: as if both processes had died. */
  abandon(): Promise<void>
}

/** Two processes' worth of adapters on one Redis, under a key prefix of their own, in real time. */
export async function createRedisHarness(
  url: string,
  options: RedisHarnessOptions = {},
): Promise<RedisHarness> {
  const keyPrefix = options.keyPrefix ?? `test-${randomUUID()}:`
  const timing = { ...contractTiming, ...options.timing }
  const open = (instanceId: string) =>
    createRedisGenerations({
      url,
      keyPrefix,
      instanceId,
      clock: systemClock,
      timing,
      renewLeases: options.renewLeases ?? true,
      shards: options.shards ?? 1,
      highlyAvailable: options.highlyAvailable ?? false,
      ...(options.logger && { logger: options.logger }),
    })
  const names = options.keyPrefix === undefined ? ['one', 'two'] : ['three', 'four']
  const [generations, peer] = (await Promise.all(names.map(open))) as [Generations, Generations]
  const close = async () => {
    await Promise.all([generations[Symbol.asyncDispose](), peer[Symbol.asyncDispose]()])
  }
  return {
    generations,
    peer,
    clock: systemClock,
    timing,
    keyPrefix,
    advance: (ms) => sleep(systemClock, ms),
    abandon: close,
    async [Symbol.asyncDispose]() {
      await close()
      await removeKeys(url, keyPrefix)
    },
  }
}

/** The transitions of the only shard, without the adapter around them. */
export async function openShard(
  url: string,
  keyPrefix: string,
): Promise<Disposable & { readonly shard: Shard }> {
  const link = new RedisLink(url, readFunctionLibrary(), systemClock)
  await link.connected()
  const shard = new Shard(`${keyPrefix}gen:{s0}:`, {
    link,
    instanceId: 'bare',
    timing: contractTiming,
    shards: 1,
    admitUntil: () => Number.MAX_SAFE_INTEGER,
    onServerTime: () => {},
  })
  return {
    shard,
    [Symbol.dispose]() {
      link.client.disconnect()
    },
  }
}

async function removeKeys(url: string, keyPrefix: string): Promise<void> {
  const redis = new Redis(url)
  const keys = await redis.keys(`${keyPrefix}*`)
  if (keys.length > 0) await redis.del(...keys)
  await redis.quit()
}
