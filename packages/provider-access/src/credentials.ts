import type { OpenAuth, Provider } from '@sluice/catalogue/catalogue'
import type { Clock } from '@sluice/kernel/clock'
import type { Upstream } from '@sluice/upstream'
import { type SignedCall, signCall } from './aws-signature.ts'
import { createGoogleToken } from './google-token.ts'

/** One way to say who calls: a key of a pool, a service account, an AWS key. */
export interface Credential {
  /** Of the pool, from 1: what logs and metrics call it. */
  readonly number: number
  /** Adds the credential to a call that is ready but for it. A promise only while a token is being fetched. */
  authorize(call: SignedCall): void | Promise<void>
  /** The provider refused it. True: what was sent was a token, and the next call gets another one. */
  renew(): boolean
}

export interface CredentialContext {
  readonly upstream: Upstream
  readonly clock: Clock
}

/** The credentials of a provider, at least one. */
export function createCredentials(
  { auth, options }: Pick<Provider, 'options'> & { readonly auth: OpenAuth },
  context: CredentialContext,
): Credential[] {
  switch (auth.type) {
    case 'none':
      return [{ number: 1, authorize: () => undefined, renew: () => false }]
    case 'bearer':
      return auth.keys.map((key, i) => inHeader(i + 1, 'authorization', `Bearer ${key}`))
    case 'header':
      return auth.keys.map((key, i) => inHeader(i + 1, auth.header, key))
    case 'google-oauth':
      return [createGoogleToken(auth.credentialsFile, context)]
    case 'aws-sigv4': {
      const scope = { region: options.region ?? '', service: 'bedrock' }
      return [
        {
          number: 1,
          authorize: (call) => {
            signCall(call, auth, scope, context.clock.now())
          },
          renew: () => false,
        },
      ]
    }
  }
}

function inHeader(number: number, header: string, value: string): Credential {
  return {
    number,
    authorize: ({ headers }) => {
      headers[header] = value
    },
    renew: () => false,
  }
}

/** The texts that must not appear anywhere else. Those of a file are known only to who reads it. */
export function secretsOf(auth: OpenAuth): readonly string[] {
  switch (auth.type) {
    case 'bearer':
    case 'header':
      return auth.keys
    case 'aws-sigv4':
      return [auth.secretAccessKey, ...(auth.sessionToken === null ? [] : [auth.sessionToken])]
    case 'none':
    case 'google-oauth':
      return []
  }
}
