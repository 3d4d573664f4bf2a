import { readFileSync } from 'node:fs'
import type { ProviderTls } from '@sluice/catalogue/catalogue'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import type { UpstreamTls } from '@sluice/upstream'
import { providerAdapterErrors } from './errors.ts'

/** The files of a row, read when the row is first used. Null = nothing but what the system trusts. */
export function readTls(tls: ProviderTls | null): UpstreamTls | null {
  if (tls === null) return null
  const { ca, cert, key, verify } = tls
  if (ca === null && cert === null && verify) return null
  return { ca: readPem(ca), cert: readPem(cert), key: readPem(key), verify }
}

function readPem(path: string | null): string | null {
  if (path === null) return null
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const message = `${path} cannot be read (${messageOf(cause)})`
    throw new GatewayError(providerAdapterErrors.provider_unusable, message, { cause })
  }
}
