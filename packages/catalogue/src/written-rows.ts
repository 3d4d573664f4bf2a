import { noTraits, Traits } from '@sluice/contracts/generation/traits'
import { Price } from '@sluice/contracts/price'
import type { ModelRow, PriceRow } from '@sluice/contracts/rows/model-row'
import type { ProviderAuthRow, ProviderRow } from '@sluice/contracts/rows/provider-row'
import type { TraitsRow } from '@sluice/contracts/rows/traits-row'
import { abortStopsBilling } from './abort-billing.ts'
import type { Model, Provider, ProviderAuth, ProviderTls } from './catalogue.ts'
import { modelRow, providerRow } from './rows.ts'
import { vendorOf } from './vendors.ts'

/** Whose the row is, and where it was written. */
type Place = Pick<Provider, 'origin'> & Partial<Pick<Provider, 'tenant'>>

/** What a row means, with all that it leaves unsaid. */
export function writtenProvider(
  row: Omit<ProviderRow, 'auth'>,
  auth: ProviderAuth,
  place: Place,
): Provider {
  const { abort_stops_billing, api_version, project, location, region } = row.options ?? {}
  return providerRow({
    ...place,
    name: row.name,
    wire: row.wire,
    alsoSpeaks: row.also_speaks ?? [],
    vendor: row.vendor ?? vendorOf(row.base_url) ?? cloudOf(row, auth),
    baseUrl: row.base_url,
    auth,
    options: {
      ...(api_version === undefined ? {} : { apiVersion: api_version }),
      ...(project === undefined ? {} : { project }),
      ...(location === undefined ? {} : { location }),
      ...(region === undefined ? {} : { region }),
    },
    headers: row.headers ?? {},
    forwardHeaders: row.forward_headers ?? [],
    tls: row.tls === undefined ? null : writtenTls(row.tls),
    traits: writtenTraits(row.traits),
    limits: {
      maxConcurrent: row.max_concurrent ?? null,
      queueMax: row.queue_max ?? null,
      queueTimeoutMs: row.queue_timeout_ms ?? null,
    },
    abortStopsBilling: abort_stops_billing ?? abortStopsBilling(row.base_url),
    pool: row.pool ?? 'default',
  })
}

/** A cloud behind a host name of one's own shows by what its address is made from. */
function cloudOf({ wire, options = {} }: Omit<ProviderRow, 'auth'>, auth: ProviderAuth) {
  if (options.project !== undefined) return 'vertex'
  if (auth.type === 'aws-sigv4' || wire.startsWith('bedrock-')) return 'bedrock'
  return options.api_version === undefined ? null : 'azure'
}

/** Null for a model without a price: it is not served. `source`: where its price was written. */
export function writtenModel(row: ModelRow, provider: Provider, source: string): Model | null {
  if (row.price === undefined) return null
  return modelRow(provider, {
    name: row.name,
    upstreamModel: row.upstream_model ?? row.name,
    price: row.price === 'free' ? null : exactPrice(row.price),
    priceSource: row.price_date === undefined ? source : `${source} ${row.price_date}`,
    capabilities: row.capabilities ?? {},
    traits: writtenTraits(row.traits),
    maxTotalTokens: row.max_total_tokens ?? null,
    maxConcurrent: row.max_concurrent ?? null,
    fallbacks: row.fallbacks ?? [],
  })
}

function exactPrice(row: PriceRow): Price {
  const amounts = Object.entries(row).flatMap(([part, amount]) =>
    amount === undefined ? [] : [[part, decimal(amount)] as const],
  )
  return Price.parse(Object.fromEntries(amounts))
}

/** `1e-7` and the like, as a plain decimal. */
function decimal(amount: number | string): string {
  const text = String(amount)
  if (typeof amount === 'string' || /^\d{1,9}(\.\d{1,12})?$/.test(text)) return text
  return amount.toFixed(12).replace(/\.?0+$/, '')
}

function writtenTraits(row: TraitsRow | undefined): Traits {
  if (row === undefined) return noTraits
  const camel = Object.entries(row).map(([member, value]) => [
    member.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ])
  return Traits.parse(Object.fromEntries(camel))
}

export function writtenAuth(auth: ProviderAuthRow | undefined): ProviderAuth {
  if (auth === undefined) return { type: 'none' }
  if (auth.type === 'none') return { type: 'none' }
  if (auth.type === 'google-oauth')
    return { type: 'google-oauth', credentialsFile: auth.credentials_file }
  if (auth.type === 'aws-sigv4') {
    return {
      type: 'aws-sigv4',
      accessKeyId: auth.access_key_id,
      secretAccessKey: auth.secret_access_key,
      sessionToken: auth.session_token ?? null,
    }
  }
  const keys = typeof auth.key === 'string' ? [auth.key] : auth.key
  return auth.type === 'bearer'
    ? { type: 'bearer', keys }
    : { type: 'header', header: auth.type, keys }
}

function writtenTls({ ca, cert, key, verify }: NonNullable<ProviderRow['tls']>): ProviderTls {
  return { ca: ca ?? null, cert: cert ?? null, key: key ?? null, verify }
}
