import { envInt, envList, type Environment, readEnvironment } from '@sluice/kernel/env'
import { z } from 'zod'

export const environment = z.object({
  ADAPTER_POOLS: envList.prefault('default').describe('pools of providers this process calls'),
  ADAPTER_CONCURRENCY: envInt(8_192, 1, 100_000).describe('generations worked on at once'),
  CONNECT_TIMEOUT_MS: envInt(10_000, 1).describe('connection to a provider'),
  FIRST_BYTE_TIMEOUT_MS: envInt(120_000, 1).describe("first byte of a provider's answer"),
  IDLE_TIMEOUT_MS: envInt(120_000, 1).describe('silence within an answer; every byte resets it'),
  MAX_REPLY_BYTES: envInt(33_554_432, 1_024).describe('largest plain reply taken from a provider'),
  MAX_EVENT_BYTES: envInt(1_048_576, 1_024).describe(
    'largest event of a stream taken from a provider',
  ),
})

export interface ProviderAdapterConfig {
  /** After it, generations that still run are handed over, or end with a terminal error. */
  readonly shutdownTimeoutMs: number
  /** There may be other provider-adapters: a generation that has published nothing is given back to its queue instead of failed. */
  readonly handOver: boolean
  readonly pools: readonly string[]
  readonly concurrency: number
  readonly timeouts: {
    readonly connectMs: number
    readonly firstByteMs: number
    readonly idleMs: number
  }
  readonly maxReplyBytes: number
  readonly maxEventBytes: number
}

export function readProviderAdapterConfig(
  env: Environment,
): Omit<ProviderAdapterConfig, 'shutdownTimeoutMs'> {
  const values = readEnvironment(environment, env)
  return {
    handOver: true,
    pools: values.ADAPTER_POOLS,
    concurrency: values.ADAPTER_CONCURRENCY,
    timeouts: {
      connectMs: values.CONNECT_TIMEOUT_MS,
      firstByteMs: values.FIRST_BYTE_TIMEOUT_MS,
      idleMs: values.IDLE_TIMEOUT_MS,
    },
    maxReplyBytes: values.MAX_REPLY_BYTES,
    maxEventBytes: values.MAX_EVENT_BYTES,
  }
}
