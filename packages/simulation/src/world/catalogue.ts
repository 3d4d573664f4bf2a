import type { Catalogue, FileKey } from '@sluice/catalogue/catalogue'
import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import { modelRow, providerRow } from '@sluice/catalogue/rows'
import type { RoutePlan, RouteTarget } from '@sluice/contracts/generation/route-plan'
import { Price } from '@sluice/contracts/price'

const price = Price.parse({ input: '0.15', output: '0.60' })
const providers = ['alpha', 'beta'].map((name) =>
  providerRow({
    name,
    wire: 'openai-chat',
    baseUrl: `http://${name}.example/v1`,
    // Beta goes on charging for what nobody reads: its calls are read to their end.
    abortStopsBilling: name === 'alpha',
    origin: 'file',
  }),
)

const catalogue: Catalogue = {
  providers: new Map(providers.map((provider) => [provider.name, provider])),
  models: new Map(
    providers.map((provider) => {
      const name = `${provider.name}/m`
      return [name, modelRow(provider, { name, upstreamModel: 'm', price })]
    }),
  ),
  aliases: new Map(),
  unlisted: () => null,
  unpriced: new Set(),
  defaultModel: null,
  tenants: new Map(),
}

export interface Tenant {
  readonly name: string
  readonly key: string
}

export const tenants: readonly Tenant[] = ['red', 'blue'].map((name) => ({
  name,
  key: `key-of-tenant-${name}-24-characters`,
}))

/** Two providers of equal price, so that what a call costs does not depend on which of them answered. */
export const simPrice = price

export function simCatalogue(): CatalogueSource {
  const fileKeys: FileKey[] = tenants.map(({ name, key }) => ({
    name,
    key,
    tenant: name,
    project: 'p',
    models: null,
  }))
  return {
    current: catalogue,
    fileKeys,
    discovered: Promise.resolve(),
    onChange: () => undefined,
    isOfFile: () => false,
    setStored: () => undefined,
    withStored: () => catalogue,
    [Symbol.dispose]: () => undefined,
  }
}

/** The same model at the other provider. */
export function withFallback(plan: RoutePlan): RoutePlan {
  const [first] = plan.targets
  if (!first || plan.targets.length > 1) return plan
  const provider = first.provider === 'alpha' ? 'beta' : 'alpha'
  const second: RouteTarget = { ...first, provider, model: `${provider}/m` }
  return { ...plan, targets: [first, second] }
}
