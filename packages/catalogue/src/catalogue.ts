import type { NewToken } from '@sluice/contracts/http/routes/tokens'
import type { Traits } from '@sluice/contracts/generation/traits'
import type { Price } from '@sluice/contracts/price'
import type { WireName } from '@sluice/contracts/wire-name'
import type { Capabilities } from '@sluice/contracts/rows/capabilities'

/**
 * What can be called and where: an immutable snapshot. Made from the configuration file, the environment's provider keys, the rows of the
 * database and the built-in demo; replaced as a whole when one of them changes.
 */
export interface Catalogue {
  readonly providers: ReadonlyMap<string, Provider>
  /** By the name callers use. */
  readonly models: ReadonlyMap<string, Model>
  readonly aliases: ReadonlyMap<string, Alias>
  /** A model of an environment provider that its list did not name, if its price is known. */
  readonly unlisted: (provider: string, upstreamModel: string) => Model | null
  /** Names that environment providers offer and that are not served, since nobody knows their price. */
  readonly unpriced: ReadonlySet<string>
  /** What a call for `auto` gets; null = such a call is refused. */
  readonly defaultModel: string | null
  /** Of the tenants that have rows of their own. */
  readonly tenants: ReadonlyMap<string, TenantRows>
}

/** What only one tenant sees. Its names are none of everybody's: those go before, and its models are at its own providers alone. */
export interface TenantRows {
  readonly providers: ReadonlyMap<string, Provider>
  /** With everybody's. */
  readonly view: Catalogue
}

/** What a tenant can call. */
export function catalogueFor(catalogue: Catalogue, tenant: string): Catalogue {
  return catalogue.tenants.get(tenant)?.view ?? catalogue
}

/** Every tenant's, too: for who looks after all of them. */
export function* allProviders({ providers, tenants }: Catalogue): Generator<Provider> {
  yield* providers.values()
  for (const own of tenants.values()) yield* own.providers.values()
}

export interface Provider {
  readonly name: string
  /** Whose row it is; null = everybody's. */
  readonly tenant: string | null
  readonly wire: WireName
  /** Further dialects that it has at the same base URL: a caller of one of them is passed through. */
  readonly alsoSpeaks: readonly WireName[]
  /** Whose service it is, where the address or the row says: what `model-traits.ts` goes by. */
  readonly vendor: string | null
  /** What precedes the wire's fixed path, as the vendor's own SDK takes it; without a trailing slash. */
  readonly baseUrl: string
  readonly auth: ProviderAuth
  readonly options: ProviderOptions
  /** Sent with every call. */
  readonly headers: Readonly<Record<string, string>>
  /** Globs over caller header names that this provider may see, beside those of its wire. */
  readonly forwardHeaders: readonly string[]
  /** Null = as the process is told (`BACKEND_*`). */
  readonly tls: ProviderTls | null
  /** Of all its models; a model's own row counts before it. */
  readonly traits: Traits
  readonly limits: ProviderLimits
  /** An answer that is left early costs no more than what was read of it; otherwise it is read to its end, for the provider's count. */
  readonly abortStopsBilling: boolean
  /** Provider-adapters that read this pool call it. */
  readonly pool: string
  /** Where the row comes from: shown to operators, decides who may change it. `registry`: the backend itself, as long as it renews its lease. */
  readonly origin: 'file' | 'environment' | 'built-in' | 'database' | 'registry'
}

/** Tells it from another tenant's of the same name: `acme~mine`, or the name alone where it is everybody's. */
export function providerId({ tenant, name }: Pick<Provider, 'tenant' | 'name'>): string {
  return tenant === null ? name : `${tenant}~${name}`
}

/** `header` auth sends the key in a header of that name; several keys are a pool. */
export type ProviderAuth =
  | { readonly type: 'none' }
  | { readonly type: 'bearer'; readonly keys: readonly string[] }
  | { readonly type: 'header'; readonly header: string; readonly keys: readonly string[] }
  /** A service account's or a user's file, as Google Cloud hands it out. */
  | { readonly type: 'google-oauth'; readonly credentialsFile: string }
  | {
      readonly type: 'aws-sigv4'
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken: string | null
    }
  /** Kept in the database: opened by who calls the provider. */
  | { readonly type: 'sealed'; readonly sealed: string }

/** What a call can be made with. */
export type OpenAuth = Exclude<ProviderAuth, { readonly type: 'sealed' }>

/** What the addresses of some vendors are made from. */
export interface ProviderOptions {
  /** Azure OpenAI: `2024-10-21` addresses deployments; without it the base URL ends in `/openai/v1`. */
  readonly apiVersion?: string
  /** Vertex AI. */
  readonly project?: string
  readonly location?: string
  /** Bedrock. */
  readonly region?: string
}

/** Paths of PEM files. */
export interface ProviderTls {
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
  readonly verify: boolean
}

/** Null = as the process is told, or unlimited. */
export interface ProviderLimits {
  /** Calls at once from one process; a stream counts to its end. */
  readonly maxConcurrent: number | null
  /** Calls that may wait for one of those places, and how long. */
  readonly queueMax: number | null
  readonly queueTimeoutMs: number | null
}

export interface Model {
  readonly name: string
  readonly provider: string
  readonly upstreamModel: string
  /** `null` = declared free. A model whose price nobody knows is not in the catalogue at all. */
  readonly price: Price | null
  /** Where the price comes from and of when it is: `sluice.yaml 2026-10-01`, `genai-prices 0.1.8`. */
  readonly priceSource: string
  readonly capabilities: Capabilities
  readonly traits: Traits
  /** Question and answer of one call together, tokens, by estimate; null = as much as its context window takes. */
  readonly maxTotalTokens: number | null
  /** Calls at once from one process; null = as many as its provider takes. */
  readonly maxConcurrent: number | null
  /** Models to try in this order when this one fails before anything was published. */
  readonly fallbacks: readonly string[]
  /** `name:suffix` is served too, and the suffix passed on: the demo provider's scenarios. */
  readonly suffixes: boolean
}

export interface Alias {
  readonly name: string
  readonly model: string
  /** Cap on the answer's length, tokens. */
  readonly maxTokens: number | null
}

/** A key that the configuration file defines. */
export interface FileKey {
  readonly name: string
  readonly key: string
  readonly tenant: string
  readonly project: string
  /** Globs over model names; null = all. */
  readonly models: readonly string[] | null
  /** What else it is limited to; absent = nothing, and it is an owner of its tenant. */
  readonly settings?: FileKeySettings
}

export type FileKeySettings = Pick<
  NewToken,
  'role' | 'scopes' | 'limits' | 'budget' | 'ip_allow' | 'max_body_bytes'
>
