import { type Verdict } from '@sluice/contracts/rpc/auth'
import { type TokenIssuer, type TokenKey, verifyClaims } from '@sluice/contracts/rpc/token-issuers'
import type { Clock } from '@sluice/kernel/clock'
import type { WorkQueue } from '@sluice/work-queue'
import { callRpc } from '@sluice/work-queue/rpc'
import { type CryptoKey, errors, importJWK, jwtVerify } from 'jose'
import { IssuerDirectory } from './issuer-directory.ts'
import { readToken, type TokenForm } from './token-form.ts'

export interface TokenVerifierOptions {
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly timeoutMs: number
}

/** A token that was answered for, and for how long it may be. */
export interface VerifiedToken {
  readonly verdict: Verdict
  /** Unix ms. */
  readonly expiresAt: number
}

const skewSeconds = 60
/** Of an issuer that gives its keys no ids. */
const maxTried = 4
const maxClaimLength = 1_024
const maxClaimItems = 200

/**
 * Checks tokens here, by the public keys that `auth` knows, and tells `auth` only what they claim. The issuer decides the algorithms, types and audiences;
 * a token's header only says which of its keys to take.
 */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions
  readonly #issuers: IssuerDirectory
  readonly #imported = new WeakMap<TokenKey, Promise<CryptoKey | Uint8Array>>()

  constructor(options: TokenVerifierOptions) {
    this.#options = options
    this.#issuers = new IssuerDirectory(options)
  }

  /** Null: not a good token. Rejects when `auth` cannot be asked. */
  async verify(token: string): Promise<VerifiedToken | null> {
    const form = readToken(token)
    if (!form) return null
    const issuer = await this.#issuerOf(form)
    if (!issuer || !(await this.#isGood(token, form, issuer))) return null
    const claims = toldClaims(form, issuer)
    if (!claims) return null
    const { queue, timeoutMs } = this.#options
    const request = { issuer: issuer.issuer, subject: form.subject, claims }
    const verdict = await callRpc(queue, verifyClaims, request, { timeoutMs })
    return { verdict, expiresAt: form.expiresAt * 1_000 }
  }

  async #issuerOf(form: TokenForm): Promise<TokenIssuer | null> {
    const issuer = await this.#issuers.find(form.issuer)
    if (!issuer?.types.includes(form.type)) return null
    const { kid } = form
    const known = kid === null || issuer.keys.some((key) => key.kid === kid || key.kid === null)
    return known ? issuer : this.#issuers.findAgain(form.issuer)
  }

  async #isGood(token: string, form: TokenForm, issuer: TokenIssuer): Promise<boolean> {
    const { clock } = this.#options
    const nowSeconds = clock.now() / 1_000
    if (form.issuedAt !== null && form.issuedAt > nowSeconds + skewSeconds) return false
    const fitting = issuer.keys.filter(
      ({ kid, algorithm }) =>
        algorithm === form.algorithm && (form.kid === null || kid === null || kid === form.kid),
    )
    for (const key of fitting.slice(0, maxTried)) {
      try {
        await jwtVerify(token, await this.#import(key), {
          algorithms: [key.algorithm],
          issuer: issuer.issuer,
          audience: issuer.audiences,
          clockTolerance: skewSeconds,
          requiredClaims: ['exp', 'sub'],
          currentDate: new Date(clock.now()),
        })
        return true
      } catch (error) {
        // Another key of the same algorithm may have made it; anything else that is wrong stays wrong.
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) return false
      }
    }
    return false
  }

  #import(key: TokenKey): Promise<CryptoKey | Uint8Array> {
    let imported = this.#imported.get(key)
    if (!imported) {
      imported = importJWK(key.jwk, key.algorithm)
      this.#imported.set(key, imported)
    }
    return imported
  }
}

/** What `auth` is told. Null when one of them is of a size or shape that no decision should hang on. */
function toldClaims(form: TokenForm, issuer: TokenIssuer): Record<string, unknown> | null {
  const told: Record<string, unknown> = {}
  for (const name of issuer.claims) {
    if (!Object.hasOwn(form.claims, name)) continue
    const value = form.claims[name]
    if (!isPlain(value)) return null
    told[name] = value
  }
  return told
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.length <= maxClaimItems && value.every((item) => isShort(item))
  }
  return isShort(value) || typeof value === 'boolean' || typeof value === 'number'
}

function isShort(value: unknown): boolean {
  return typeof value === 'string' && value.length <= maxClaimLength
}
