import { type Environment, readEnvironment } from '@sluice/kernel/env'
import { z } from 'zod'
import type { AccountsConfig } from './accounts-config.ts'

export const environment = z.object({
  AUTH_TOKEN: z
    .string('must be set: the key that owns the default tenant (npm run cli -- keygen makes one)')
    .min(24, 'must have at least 24 characters (npm run cli -- keygen makes one)')
    .describe('bootstrap key, owner of the default tenant; at least 24 characters'),
})

export interface AuthConfig {
  /** The credential in clear: hashed before anything else is done with it. */
  readonly bootstrapKey: string
  /** Null or absent = nobody signs in here. */
  readonly accounts?: AccountsConfig | null
}

export function readAuthConfig(env: Environment): AuthConfig {
  return { bootstrapKey: readEnvironment(environment, env).AUTH_TOKEN }
}
