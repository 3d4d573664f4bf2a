import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { TokenAlgorithm, TokenKey } from '@sluice/contracts/rpc/token-issuers'
import { configurationError } from '@sluice/kernel/env'
import { messageOf } from '@sluice/kernel/errors'
import { calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose'

/** Our own key pairs: the first one signs, all of them verify. */
export interface SigningKeys {
  readonly publicKeys: readonly TokenKey[]
  sign(claims: Readonly<Record<string, unknown>>, type: string): Promise<string>
}

/**
 * Reads PEM files with a private key each (Ed25519 or P-256). To rotate, put a new file first and keep the old one until the last token that it signed has
 * expired. The id of a key is its thumbprint (RFC 7638): every replica and every restart gives the same one.
 */
export async function loadSigningKeys(paths: readonly string[]): Promise<SigningKeys> {
  const pairs = await Promise.all(paths.map((path) => readPair(path)))
  const [current] = pairs
  if (!current) throw configurationError(['JWT_PRIVATE_KEY_PATH: names no file'])
  const seen = new Set<string>()
  for (const { kid } of pairs) {
    if (seen.has(kid)) throw configurationError(['JWT_PRIVATE_KEY_PATH: names one key twice'])
    seen.add(kid)
  }
  return {
    publicKeys: pairs.map(({ kid, algorithm, jwk }) => ({ kid, algorithm, jwk })),
    sign: (claims, type) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: current.algorithm, kid: current.kid, typ: type })
        .sign(current.privateKey),
  }
}

interface Pair {
  readonly kid: string
  readonly algorithm: TokenAlgorithm
  readonly jwk: Record<string, string>
  readonly privateKey: KeyObject
}

async function readPair(path: string): Promise<Pair> {
  const problem = (text: string) => configurationError([`JWT_PRIVATE_KEY_PATH: ${path}: ${text}`])
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey(readFileSync(path))
  } catch (error) {
    throw problem(messageOf(error))
  }
  const algorithm = algorithmOf(privateKey)
  if (!algorithm) throw problem('must be an Ed25519 or P-256 key')
  const jwk = textMembers(await exportJWK(createPublicKey(privateKey)))
  return { kid: await calculateJwkThumbprint(jwk), algorithm, jwk, privateKey }
}

function algorithmOf({
  asymmetricKeyType,
  asymmetricKeyDetails,
}: KeyObject): TokenAlgorithm | null {
  if (asymmetricKeyType === 'ed25519') return 'EdDSA'
  const isP256 = asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1'
  return isP256 ? 'ES256' : null
}

export function textMembers(jwk: JWK): Record<string, string> {
  const members = Object.entries(jwk).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(members) as Record<string, string>
}

/**
 * Development only: makes the key on first use, readable by its owner. Of several processes that start together in one folder the first one writes, the
 * others take what it wrote.
 */
export function ensureSigningKey(path: string): void {
  if (existsSync(path)) return
  const { privateKey } = generateKeyPairSync('ed25519')
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const own = `${path}.${randomUUID()}`
  writeFileSync(own, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  try {
    linkSync(own, path) // whole or not at all, and never over another
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(own)
  }
}
