import { authPlace } from '@sluice/catalogue/sealed-place'
import type { ProviderAuthRow } from '@sluice/contracts/rows/provider-row'
import type { SealedAuth } from '@sluice/contracts/rows/stored-rows'
import { GatewayError } from '@sluice/kernel/errors'
import { masked } from '@sluice/kernel/masked'
import type { SecretBox } from '@sluice/secret-box'
import { routerErrors } from '../errors.ts'

export interface AuthOwner {
  readonly tenant: string | null
  readonly name: string
  readonly baseUrl: string
}

/** Null = it asks for no credential. Throws where there is no key to seal with. */
export function sealAuth(
  auth: ProviderAuthRow | undefined,
  { tenant, name, baseUrl }: AuthOwner,
  box: SecretBox | null,
): SealedAuth | null {
  if (auth === undefined || auth.type === 'none') return null
  if (auth.type === 'google-oauth') {
    const message = 'A credentials file is named in the configuration file only'
    throw new GatewayError(routerErrors.row_invalid, message, { param: 'auth.type' })
  }
  if (box === null) throw new GatewayError(routerErrors.encryption_key_missing)
  const sealed = box.seal(JSON.stringify(auth), authPlace(tenant, name, baseUrl))
  return { sealed, masked: maskedAuth(auth) }
}

/** What may be shown of a credential. */
export function maskedAuth(auth: ProviderAuthRow): SealedAuth['masked'] {
  return Object.fromEntries(
    Object.entries(auth).flatMap(([member, value]: [string, string | string[] | undefined]) => {
      if (value === undefined) return []
      if (member === 'type') return [[member, value]]
      return [[member, Array.isArray(value) ? value.map(masked) : masked(value)]]
    }),
  )
}
