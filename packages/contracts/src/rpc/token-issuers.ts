import { z } from 'zod'
import { Verdict } from './auth.ts'
import { defineRpc } from './rpc.ts'

/** No symmetric one: whoever may check a token must not be able to make one. */
export const TokenAlgorithm = z.enum([
  'EdDSA',
  'ES256',
  'ES384',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
])
export type TokenAlgorithm = z.infer<typeof TokenAlgorithm>

/** A public key with the one algorithm that it is good for, whatever a token's header says. */
export const TokenKey = z.object({
  /** Null = the issuer gave it none. */
  kid: z.string().nullable(),
  algorithm: TokenAlgorithm,
  /** Public members of the JWK. */
  jwk: z.record(z.string(), z.string()),
})
export type TokenKey = z.infer<typeof TokenKey>

/** Whose tokens are taken, and what they have to look like. */
export const TokenIssuer = z.object({
  /** `iss`, compared as text. */
  issuer: z.string(),
  /** One of them must be in `aud`. */
  audiences: z.array(z.string()).min(1),
  /** What `typ` of the header may be, in lower case without `application/`; a token that has none counts as `jwt`. */
  types: z.array(z.string()).min(1),
  /** Claims that `auth` is told, beside `sub`. */
  claims: z.array(z.string()),
  keys: z.array(TokenKey),
})
export type TokenIssuer = z.infer<typeof TokenIssuer>

/**
 * Every issuer with the keys it has now. `missing` says that a token of that issuer named a key that is not among them: `auth` then asks a foreign
 * issuer, once a minute at most.
 */
export const readTokenIssuers = defineRpc({
  name: 'auth.read-token-issuers',
  request: z.object({ missing: z.string().nullable() }),
  reply: z.object({ issuers: z.array(TokenIssuer) }),
})

/** Who the bearer of a token is whose signature, issuer, audience and times were checked. The token itself never crosses a process. */
export const verifyClaims = defineRpc({
  name: 'auth.verify-claims',
  request: z.object({
    issuer: z.string(),
    subject: z.string().min(1).max(255),
    claims: z.record(z.string(), z.unknown()),
  }),
  reply: Verdict,
})
