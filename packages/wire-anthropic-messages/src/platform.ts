import type { Traits } from '@sluice/contracts/generation/traits'
import type { JsonObject } from '@sluice/wire/json'

/** Under this version every model refuses the three sampling parameters, also at their defaults. */
export const versionWithoutSampling = '2026-10-21'

const headerVersion = /^\d{4}-\d{2}-\d{2}$/

/**
 * Clouds that run the models themselves name their variant of the dialect in the body (`vertex-2023-10-16`, `bedrock-2023-05-31`), where they
 * name the model in the address.
 */
export function isPlatformVersion({ anthropicVersion }: Traits): boolean {
  return anthropicVersion !== undefined && !headerVersion.test(anthropicVersion)
}

export function platformMembers({ anthropicVersion }: Traits): JsonObject {
  return { anthropic_version: anthropicVersion }
}
