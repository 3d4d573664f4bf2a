import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { TenantId } from '@sluice/contracts/ids'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { errors, jwtVerify } from 'jose'
import { z } from 'zod'
import { authErrors } from '../errors.ts'

/** What a signed licence says. */
const Claims = z.object({
  /** The tenant that it is for. */
  sub: TenantId.default('default' as TenantId),
  tier: z.string().min(1).max(64),
  /** Flags instead of those of the tier. */
  features: z.array(z.string()).nullable().default(null),
  /** Unix seconds: a licence ends. */
  exp: z.int().positive(),
})

export interface SignedLicence {
  readonly tenantId: string
  readonly tier: string
  readonly features: readonly string[] | null
  /** Unix ms. */
  readonly expiresAt: number
}

/** Checks a licence without asking anybody: by the public key of whoever issues them. Throws `licence_invalid` that says what is wrong. */
export async function readSignedLicence(
  token: string,
  publicKeyPath: string | null,
  clock: Clock,
): Promise<SignedLicence> {
  if (publicKeyPath === null)
    throw invalid('no key is known to check it by (LICENSE_PUBLIC_KEY_PATH)')
  try {
    const key = createPublicKey(await readFile(publicKeyPath, 'utf8'))
    const { payload } = await jwtVerify(token.trim(), key, {
      algorithms: algorithmsOf(key),
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp'],
    })
    const { sub, tier, features, exp } = Claims.parse(payload)
    return { tenantId: sub, tier, features, expiresAt: exp * 1_000 }
  } catch (cause) {
    throw invalid(reasonOf(cause), cause)
  }
}

/** The kind of key decides, never the header of the licence. */
function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string[] {
  if (asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519']
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1')
    return ['ES256']
  if (asymmetricKeyType === 'rsa') return ['RS256', 'PS256']
  if (asymmetricKeyType === 'rsa-pss') return ['PS256']
  throw new TypeError(`a key of the type ${String(asymmetricKeyType)} signs no licence`)
}

function reasonOf(cause: unknown): string {
  if (cause instanceof errors.JWTExpired) return 'it is over'
  if (cause instanceof errors.JOSEError) return 'its signature or its form is not good'
  if (cause instanceof z.ZodError) return 'it does not say what a licence says'
  return 'the key to check it by cannot be used'
}

function invalid(why: string, cause?: unknown): GatewayError {
  return new GatewayError(authErrors.licence_invalid, `The licence is not valid: ${why}`, { cause })
}
