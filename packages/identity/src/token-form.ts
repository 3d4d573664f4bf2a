import { TokenAlgorithm } from '@sluice/contracts/rpc/token-issuers'
import { z } from 'zod'
import { hasDuplicateNames } from './duplicate-names.ts'

/** What a token says of itself, before anything of it is believed. */
export interface TokenForm {
  readonly algorithm: TokenAlgorithm
  /** Only ever compared with the ids of known keys. */
  readonly kid: string | null
  /** In lower case, without `application/`. */
  readonly type: string
  readonly issuer: string
  readonly subject: string
  /** Unix s. */
  readonly expiresAt: number
  readonly issuedAt: number | null
  readonly claims: Readonly<Record<string, unknown>>
}

/** No issuer needs more; Node takes 16 KB of headers in all. */
const maxLength = 8_192
const maxHeaderLength = 1_024

const form = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/**
 * A header that names its keys itself (`jku`, `x5u`, `jwk`, `x5c`) or wants something understood (`crit`) is refused, not overlooked: no issuer that is
 * taken here has a reason for one.
 */
const Header = z.object({
  alg: TokenAlgorithm,
  kid: z.string().min(1).max(256).optional(),
  typ: z.string().max(64).default('JWT'),
  jku: z.undefined().optional(),
  jwk: z.undefined().optional(),
  x5u: z.undefined().optional(),
  x5c: z.undefined().optional(),
  crit: z.undefined().optional(),
})

const seconds = z.number().min(0).max(1e11)
const Claims = z.looseObject({
  iss: z.string().min(1).max(512),
  sub: z.string().min(1).max(255),
  aud: z.union([z.string(), z.array(z.string()).max(20)]),
  exp: seconds,
  nbf: seconds.optional(),
  iat: seconds.optional(),
})

/**
 * Whether a credential is to be read as a token: three parts, of which the first is the beginning of a JSON object. A key may hold dots, and is looked up
 * as a key then.
 */
export function isToken(credential: string): boolean {
  const [, first, second, third] = /^([^.]+)\.([^.]*)\.([^.]*)$/.exec(credential) ?? []
  if (first === undefined || second === undefined || third === undefined) return false
  if (first.length > maxHeaderLength) return first.startsWith('eyJ')
  return Array.isArray(parse(first)) ? false : isObject(parse(first))
}

/** Null: not a token that any issuer could have made for us. */
export function readToken(token: string): TokenForm | null {
  if (token.length > maxLength) return null
  const [, headerPart = '', claimsPart = ''] = form.exec(token) ?? []
  if (headerPart === '' || headerPart.length > maxHeaderLength) return null
  const header = Header.safeParse(parse(headerPart))
  const claims = Claims.safeParse(parse(claimsPart))
  if (!header.success || !claims.success) return null
  const { alg, kid = null, typ } = header.data
  const { iss, sub, exp, iat = null } = claims.data
  return {
    algorithm: alg,
    kid,
    type: typ.toLowerCase().replace(/^application\//, ''),
    issuer: iss,
    subject: sub,
    expiresAt: exp,
    issuedAt: iat,
    claims: claims.data,
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Undefined: not base64url of JSON in UTF-8, or a name occurs twice in an object of it, where readers would differ. */
function parse(part: string): unknown {
  try {
    const text = utf8.decode(Buffer.from(part, 'base64url'))
    const value: unknown = JSON.parse(text)
    return hasDuplicateNames(text) ? undefined : value
  } catch {
    return undefined // whatever is wrong with it, it is no token
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
