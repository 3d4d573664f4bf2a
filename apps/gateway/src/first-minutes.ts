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

export interface FirstMinutes {
  /** Null = a development key is made and kept. */
  readonly key: string | null
  readonly demo: boolean
}

export function readFirstMinutes(env: Environment, production: boolean): FirstMinutes {
  const values = readEnvironment(environment, env)
  if (values.AUTH_TOKEN === undefined && production) {
    throw configurationError([
      'AUTH_TOKEN: must be set in production (npm run cli -- keygen makes one)',
    ])
  }
  const asked = env['DEMO_PROVIDER_ENABLED'] ? values.DEMO_PROVIDER_ENABLED : undefined
  return { key: values.AUTH_TOKEN ?? null, demo: asked ?? !production }
}
