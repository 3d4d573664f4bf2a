import { developmentKey } from '@sluice/adapters/development-key'
import {
  configurationError,
  envFlag,
  type Environment,
  envText,
  readEnvironment,
} from '@sluice/kernel/env'
import { z } from 'zod'

/** What a start without any configuration is made from. */
export const environment = z.object({
  AUTH_TOKEN: envText
    .min(24, 'must have at least 24 characters')
    .optional()
    .describe('bootstrap key, owner of the default tenant; required in production'),
  DEMO_PROVIDER_ENABLED: envFlag(true)
    .optional()
    .describe('offer the built-in demo models (default: true, false in production)'),
})

/** `AUTH_TOKEN`, or a generated key that is kept for the next start. */
export function resolveKey(
  env: Environment,
  dataDir: string,
  production: boolean,
): { key: string; generated: boolean } {
  const { AUTH_TOKEN } = readEnvironment(environment, env)
  if (AUTH_TOKEN !== undefined) return { key: AUTH_TOKEN, generated: false }
  if (production) {
    throw configurationError([
      'AUTH_TOKEN: must be set in production (npm run cli -- keygen makes one)',
    ])
  }
  return { key: developmentKey(dataDir), generated: true }
}

export function demoIsEnabled(env: Environment, production: boolean): boolean {
  const asked = env['DEMO_PROVIDER_ENABLED']
  return asked ? readEnvironment(environment, env).DEMO_PROVIDER_ENABLED === true : !production
}
