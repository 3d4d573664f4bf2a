import { abortStopsBilling } from './abort-billing.ts'
import type { Model, Provider, ProviderAuth, ProviderTls } from './catalogue.ts'
import type { ConfigurationFile } from './configuration-file.ts'
import { modelRow, providerRow } from './rows.ts'
import { vendorOf } from './vendors.ts'

type ProviderInFile = ConfigurationFile['providers'][number]
type ModelInFile = ConfigurationFile['models'][number]

export function fileProvider(row: ProviderInFile): Provider {
  const { abort_stops_billing, api_version, project, location, region } = row.options
  return providerRow({
    name: row.name,
    wire: row.wire,
    alsoSpeaks: row.also_speaks,
    vendor: row.vendor ?? vendorOf(row.base_url) ?? cloudOf(row),
    baseUrl: row.base_url,
    auth: fileAuth(row.auth),
    options: {
      ...(api_version === undefined ? {} : { apiVersion: api_version }),
      ...(project === undefined ? {} : { project }),
      ...(location === undefined ? {} : { location }),
      ...(region === undefined ? {} : { region }),
    },
    headers: row.headers,
    forwardHeaders: row.forward_headers,
    tls: row.tls === undefined ? null : fileTls(row.tls),
    traits: row.traits,
    limits: {
      maxConcurrent: row.max_concurrent ?? null,
      queueMax: row.queue_max ?? null,
      queueTimeoutMs: row.queue_timeout_ms ?? null,
    },
    abortStopsBilling: abort_stops_billing ?? abortStopsBilling(row.base_url),
    pool: row.pool,
    origin: 'file',
  })
}

/** A cloud behind a host name of one's own shows by what its address is made from. */
function cloudOf({ auth, options }: ProviderInFile): string | null {
  if (options.project !== undefined) return 'vertex'
  if (auth.type === 'aws-sigv4') return 'bedrock'
  return options.api_version === undefined ? null : 'azure'
}

/** Null for a model without a price: it is not served. */
export function fileModel(row: ModelInFile, provider: Provider): Model | null {
  if (row.price === undefined) return null
  return modelRow(provider, {
    name: row.name,
    upstreamModel: row.upstream_model ?? row.name,
    price: row.price === 'free' ? null : row.price,
    priceSource: row.price_date === undefined ? 'sluice.yaml' : `sluice.yaml ${row.price_date}`,
    capabilities: row.capabilities,
    traits: row.traits,
    maxTotalTokens: row.max_total_tokens ?? null,
    maxConcurrent: row.max_concurrent ?? null,
    fallbacks: row.fallbacks,
  })
}

function fileAuth(auth: ProviderInFile['auth']): ProviderAuth {
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

function fileTls({ ca, cert, key, verify }: NonNullable<ProviderInFile['tls']>): ProviderTls {
  return { ca: ca ?? null, cert: cert ?? null, key: key ?? null, verify }
}
