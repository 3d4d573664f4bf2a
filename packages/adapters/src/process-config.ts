import {
  envFlag,
  envInt,
  envPort,
  envText,
  envWholeNumber,
  type Environment,
  readEnvironment,
} from '@sluice/kernel/env'
import type { LogFormat } from '@sluice/kernel/logger'
import { z } from 'zod'

/** Settings of a process, whatever it runs. */
export const environment = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe('production turns the demo provider and development keys off'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('least important log line written'),
  LOG_FORMAT: z
    .enum(['json', 'text'])
    .optional()
    .describe('form of log lines; text is for people (default: json, on a terminal text)'),
  OBSERVABILITY_ENABLED: envFlag(true).describe(
    'serve /health, /readyz and /metrics on a port of their own',
  ),
  OBSERVABILITY_HOST: envText.default('127.0.0.1').describe('address of the observability port'),
  OBSERVABILITY_PORT: envPort(8801).describe(
    'observability port; the next free one when it is taken',
  ),
  HEALTH_INTERVAL_MS: envInt(5_000, 100).describe('how often readiness checks run'),
  HEALTH_TIMEOUT_MS: envInt(2_000, 10).describe('a check without an answer by then has failed'),
  DRAIN_DELAY_MS: envWholeNumber()
    .optional()
    .describe(
      'after SIGTERM: not ready, but still serving, for so long (one process with embedded stores: 0)',
    ),
  SHUTDOWN_TIMEOUT_MS: envWholeNumber()
    .optional()
    .describe('time for running work to end (ingress and provider-adapter apart: 300000)'),
})

export interface ProcessConfig {
  readonly production: boolean
  readonly logLevel: string
  /** Undefined: text on a terminal, JSON elsewhere. */
  readonly logFormat: LogFormat | undefined
  readonly observability: { readonly host: string; readonly port: number } | null
  readonly health: { readonly intervalMs: number; readonly timeoutMs: number }
  readonly drainDelayMs: number
  readonly shutdownTimeoutMs: number
}

export function readProcessConfig(
  env: Environment,
  defaults: { readonly drainDelayMs: number; readonly shutdownTimeoutMs: number },
): ProcessConfig {
  const values = readEnvironment(environment, env)
  return {
    production: values.NODE_ENV === 'production',
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
    observability: values.OBSERVABILITY_ENABLED
      ? { host: values.OBSERVABILITY_HOST, port: values.OBSERVABILITY_PORT }
      : null,
    health: { intervalMs: values.HEALTH_INTERVAL_MS, timeoutMs: values.HEALTH_TIMEOUT_MS },
    drainDelayMs: values.DRAIN_DELAY_MS ?? defaults.drainDelayMs,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS ?? defaults.shutdownTimeoutMs,
  }
}
