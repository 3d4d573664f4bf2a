import type { Catalogue, FileKey } from '@sluice/catalogue/catalogue'
import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import type { RoutePlan, RouteTarget } from '@sluice/contracts/generation/route-plan'
import { Price } from '@sluice/contracts/price'

const price = Price.parse({ input: '0.15', output: '0.60' })
const options = {
  forwardHeaders: [],
  pool: 'default',
  origin: 'file',
} as const

const catalogue: Catalogue = {
  providers: new Map(
    ['alpha', 'beta'].map((name) => [
      name,
      {
        name,
        wire: 'openai-chat',
        baseUrl: `http://${name}.example/v1`,
        auth: { type: 'none' },
        // Beta goes on charging for what nobody reads: its calls are read to their end.
        abortStopsBilling: name === 'alpha',
        ...options,
      },
    ]),
  ),
  models: new Map(
    ['alpha', 'beta'].map((provider) => [
      `${provider}/m`,
      {
        name: `${provider}/m`,
        provider,
        upstreamModel: 'm',
        price,
        capabilities: {},
        suffixes: false,
      },
    ]),
  ),
  aliases: new Map(),
  unlisted: () => null,
  defaultModel: null,
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
