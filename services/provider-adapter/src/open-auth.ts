import type { OpenAuth, Provider } from '@sluice/catalogue/catalogue'
import { authPlace } from '@sluice/catalogue/sealed-place'
import { writtenAuth } from '@sluice/catalogue/written-rows'
import { ProviderAuthRow } from '@sluice/contracts/rows/provider-row'
import { GatewayError } from '@sluice/kernel/errors'
import type { SecretBox } from '@sluice/secret-box'
import { providerAdapterErrors } from './errors.ts'

/** The credential of a row in clear: the only place where one from the database is. Throws when it was not sealed for this row and its host. */
export function openAuth(row: Provider, box: SecretBox | null): OpenAuth {
  const { auth, tenant, name, baseUrl } = row
  if (auth.type !== 'sealed') return auth
  if (box === null) {
    const message = 'ENCRYPTION_KEY is not set, and the credential of this provider is encrypted'
    throw new GatewayError(providerAdapterErrors.provider_unusable, message)
  }
  const text = box.open(auth.sealed, authPlace(tenant, name, baseUrl))
  const opened = writtenAuth(ProviderAuthRow.parse(JSON.parse(text)))
  if (opened.type === 'sealed') throw new Error('a sealed credential holds another one')
  return opened
}
