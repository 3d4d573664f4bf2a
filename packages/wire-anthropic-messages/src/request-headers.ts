import type { Traits } from '@sluice/contracts/generation/traits'
import { betaHeader } from './betas.ts'
import { defaultVersion, isPlatformVersion } from './platform.ts'

/**
 * The wire's own headers of a call. `caller`: those of a caller of this dialect, names in lower case; null when the call was translated, whose
 * caller knows nothing of versions and betas.
 */
export function requestHeaders(
  caller: Readonly<Record<string, string>> | null,
  traits: Traits,
): Readonly<Record<string, string>> {
  const version = isPlatformVersion(traits) ? undefined : traits.anthropicVersion
  const beta = betaHeader(caller?.['anthropic-beta'], traits)
  return {
    'anthropic-version': caller?.['anthropic-version'] ?? version ?? defaultVersion,
    ...(beta === undefined ? {} : { 'anthropic-beta': beta }),
  }
}
