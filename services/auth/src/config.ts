import { type Environment, readEnvironment } from '@sluice/kernel/env'
import { z } from 'zod'
import type { AccountsConfig } from './accounts-config.ts'

export const environment = z.object({
  AUTH_TOKEN: z
    .string('must be set: the key that owns the default tenant (npm run cli -- keygen makes one)')
    .min(24, 'must have at least 24 characters (npm run cli -- keygen makes one)')
    .describe('bootstrap key, owner of the default tenant; at least 24 characters'),
  LICENSE_TOKEN: z
    .string()
    .optional()
    .describe('signed licence, taken at start if its signature is good'),
  LICENSE_PUBLIC_KEY_PATH: z
    .string()
    .optional()
    .describe('PEM file with the public key of whoever issues licences (Ed25519, P-256 or RSA)'),
})

export interface AuthConfig {
  /** The credential in clear: hashed before anything else is done with it. */
  readonly bootstrapKey: string
  readonly licence?: {
    readonly token: string | null
    /** Of a PEM file. */
    readonly publicKeyPath: string | null
  }
  /** Null or absent = nobody signs in here. */
  readonly accounts?: AccountsConfig | null
}

export function readAuthConfig(env: Environment): AuthConfig {
  const values = readEnvironment(environment, env)
  return {
    bootstrapKey: values.AUTH_TOKEN,
    licence: {
      token: values.LICENSE_TOKEN ?? null,
      publicKeyPath: values.LICENSE_PUBLIC_KEY_PATH ?? null,
    },
  }
}
