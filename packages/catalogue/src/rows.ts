import { noTraits, type Traits } from '@sluice/contracts/generation/traits'
import { abortStopsBilling } from './abort-billing.ts'
import type { Model, Provider, ProviderLimits } from './catalogue.ts'
import { traitsOf } from './model-traits.ts'
import { vendorOf } from './vendors.ts'

export const noLimits: ProviderLimits = Object.freeze({
  maxConcurrent: null,
  queueMax: null,
  queueTimeoutMs: null,
})

/** A provider of which little is said: the rest as it is for most. */
export function providerRow(
  row: Pick<Provider, 'name' | 'wire' | 'baseUrl' | 'origin'> & Partial<Provider>,
): Provider {
  return {
    tenant: null,
    alsoSpeaks: [],
    vendor: vendorOf(row.baseUrl),
    auth: { type: 'none' },
    options: {},
    headers: {},
    forwardHeaders: [],
    tls: null,
    traits: noTraits,
    limits: noLimits,
    abortStopsBilling: abortStopsBilling(row.baseUrl),
    pool: 'default',
    ...row,
    baseUrl: row.baseUrl.replace(/\/+$/, ''),
  }
}

type ModelFields = Pick<Model, 'name' | 'upstreamModel' | 'price'> &
  Partial<Omit<Model, 'provider'>>

/** A model at a provider. Its traits: those of the table, then the provider's, then its own. */
export function modelRow(provider: Provider, row: ModelFields): Model {
  const capabilities = row.capabilities ?? {}
  const { max_output_tokens } = capabilities
  const traits: Traits = {
    ...traitsOf(provider.vendor, row.upstreamModel),
    ...(max_output_tokens === undefined ? {} : { defaultMaxTokens: max_output_tokens }),
    ...provider.traits,
    ...row.traits,
  }
  return {
    priceSource: 'built in',
    maxTotalTokens: null,
    maxConcurrent: null,
    fallbacks: [],
    suffixes: false,
    ...row,
    provider: provider.name,
    capabilities,
    traits,
  }
}
