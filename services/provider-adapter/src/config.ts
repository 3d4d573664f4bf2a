import type { ProviderTls } from '@sluice/catalogue/catalogue'
import {
  configurationError,
  envFlag,
  envInt,
  envList,
  type Environment,
  envText,
  readEnvironment,
} from '@sluice/kernel/env'
import type { OutboundPolicy } from '@sluice/outbound-guard'
import { readOutboundPolicy } from '@sluice/outbound-guard/config'
import { z } from 'zod'
import type { KeyRing } from '@sluice/secret-box'
import { readKeyRing } from '@sluice/secret-box/config'
import type { CircuitPolicy } from './circuits.ts'
import type { RetryPolicy } from './fault.ts'

export const environment = z.object({
  ADAPTER_POOLS: envList.prefault('default').describe('pools of providers this process calls'),
  ADAPTER_CONCURRENCY: envInt(8_192, 1, 100_000).describe('generations worked on at once'),
  CONNECT_TIMEOUT_MS: envInt(10_000, 1).describe('connection to a provider'),
  FIRST_BYTE_TIMEOUT_MS: envInt(120_000, 1).describe("first byte of a provider's answer"),
  IDLE_TIMEOUT_MS: envInt(120_000, 1).describe('silence within an answer; every byte resets it'),
  MAX_REPLY_BYTES: envInt(33_554_432, 1_024).describe(
    'largest plain reply taken from a provider; of a chat at most 16 MB',
  ),
  MAX_STREAM_BYTES: envInt(67_108_864, 1_024).describe(
    'largest stream taken from a provider, all its events together',
  ),
  MAX_EVENT_BYTES: envInt(1_048_576, 1_024).describe(
    'largest event of a stream taken from a provider whose row does not say',
  ),
  RETRY_ENABLED: envFlag(true).describe(
    'repeat calls that a provider failed at, while nothing was published',
  ),
  RETRY_MAX_ATTEMPTS: envInt(3, 1, 20).describe('calls of one model, the first included'),
  RETRY_INITIAL_DELAY_MS: envInt(200, 1).describe('wait before the first repetition; doubles'),
  RETRY_MAX_DELAY_MS: envInt(5_000, 1).describe('longest wait before a repetition'),
  CIRCUIT_BREAKER_ENABLED: envFlag(true).describe('leave a provider alone that fails repeatedly'),
  CIRCUIT_BREAKER_THRESHOLD: envInt(5, 1).describe('failures in a row, per provider and tenant'),
  CIRCUIT_BREAKER_RESET_MS: envInt(30_000, 1).describe('until one call may try again'),
  BACKEND_QUEUE_MAX: envInt(0, 0).describe(
    'calls that may wait for a place where max_concurrent is reached',
  ),
  BACKEND_QUEUE_TIMEOUT_MS: envInt(2_000, 0).describe('how long they wait'),
  BACKEND_VERIFY_TLS: envFlag(true).describe('refuse providers whose certificate is not trusted'),
  BACKEND_CA_BUNDLE: envText.optional().describe('PEM file of authorities to trust in their place'),
  BACKEND_CLIENT_CERT: envText
    .optional()
    .describe('PEM file of the certificate shown to providers'),
  BACKEND_CLIENT_KEY: envText.optional().describe('PEM file of its key'),
  BACKEND_HEALTH_INTERVAL_MS: envInt(30_000, 0).describe(
    'how often providers are looked at; 0 = never',
  ),
  BACKEND_HEALTH_TIMEOUT_MS: envInt(5_000, 1).describe(
    'a look without an answer by then has failed',
  ),
})

export interface ProviderAdapterConfig {
  /** After it, generations that still run are handed over, or end with a terminal error. */
  readonly shutdownTimeoutMs: number
  /** There may be other provider-adapters: a generation that has published nothing is given back to its queue instead of failed. */
  readonly handOver: boolean
  /** Names this process among its like. */
  readonly instance: string
  readonly pools: readonly string[]
  /** Opens the credentials of providers that the database has; null = there is none. */
  readonly keyRing: KeyRing | null
  /** The catalogue is this process's own: the router is asked for the rows of the database. False where the router is in this process, too. */
  readonly asksForRows: boolean
  readonly concurrency: number
  readonly timeouts: {
    readonly connectMs: number
    readonly firstByteMs: number
    readonly idleMs: number
  }
  readonly maxReplyBytes: number
  readonly maxStreamBytes: number
  readonly maxEventBytes: number
  readonly retry: RetryPolicy
  readonly circuit: CircuitPolicy
  /** Of providers whose row does not say. */
  readonly queue: { readonly queueMax: number; readonly queueTimeoutMs: number }
  readonly tls: ProviderTls
  /** What may be fetched for callers. */
  readonly outbound: OutboundPolicy
  /** `intervalMs` 0 = providers are not looked at. */
  readonly health: { readonly intervalMs: number; readonly timeoutMs: number }
}

export function readProviderAdapterConfig(
  env: Environment,
): Omit<ProviderAdapterConfig, 'shutdownTimeoutMs'> {
  const values = readEnvironment(environment, env)
  if ((values.BACKEND_CLIENT_CERT === undefined) !== (values.BACKEND_CLIENT_KEY === undefined))
    throw configurationError(['BACKEND_CLIENT_CERT and BACKEND_CLIENT_KEY: go together'])
  return {
    handOver: true,
    instance: 'provider-adapter',
    pools: values.ADAPTER_POOLS,
    keyRing: readKeyRing(env),
    asksForRows: false,
    concurrency: values.ADAPTER_CONCURRENCY,
    timeouts: {
      connectMs: values.CONNECT_TIMEOUT_MS,
      firstByteMs: values.FIRST_BYTE_TIMEOUT_MS,
      idleMs: values.IDLE_TIMEOUT_MS,
    },
    maxReplyBytes: values.MAX_REPLY_BYTES,
    maxStreamBytes: values.MAX_STREAM_BYTES,
    maxEventBytes: values.MAX_EVENT_BYTES,
    retry: {
      maxAttempts: values.RETRY_ENABLED ? values.RETRY_MAX_ATTEMPTS : 1,
      initialDelayMs: values.RETRY_INITIAL_DELAY_MS,
      maxDelayMs: values.RETRY_MAX_DELAY_MS,
    },
    circuit: {
      enabled: values.CIRCUIT_BREAKER_ENABLED,
      threshold: values.CIRCUIT_BREAKER_THRESHOLD,
      resetMs: values.CIRCUIT_BREAKER_RESET_MS,
    },
    queue: { queueMax: values.BACKEND_QUEUE_MAX, queueTimeoutMs: values.BACKEND_QUEUE_TIMEOUT_MS },
    tls: {
      ca: values.BACKEND_CA_BUNDLE ?? null,
      cert: values.BACKEND_CLIENT_CERT ?? null,
      key: values.BACKEND_CLIENT_KEY ?? null,
      verify: values.BACKEND_VERIFY_TLS,
    },
    outbound: readOutboundPolicy(env),
    health: {
      intervalMs: values.BACKEND_HEALTH_INTERVAL_MS,
      timeoutMs: values.BACKEND_HEALTH_TIMEOUT_MS,
    },
  }
}
