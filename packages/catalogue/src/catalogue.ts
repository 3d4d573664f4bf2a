import type { Price } from '@sluice/contracts/price'
import type { WireName } from '@sluice/contracts/wire-name'

/**
 * What can be called and where: an immutable snapshot. Made from the configuration file, the environment's provider keys and the built-in
 * demo; replaced as a whole when one of them changes.
 */
export interface Catalogue {
  readonly providers: ReadonlyMap<string, Provider>
  /** By the name callers use. */
  readonly models: ReadonlyMap<string, Model>
  readonly aliases: ReadonlyMap<string, Alias>
  /** A model of an environment provider that its list did not name, if its price is known. */
  readonly unlisted: (provider: string, upstreamModel: string) => Model | null
  /** What a call for `auto` gets; null = such a call is refused. */
  readonly defaultModel: string | null
}

export interface Provider {
  readonly name: string
  readonly wire: WireName
  /** What precedes the wire's fixed path, as the vendor's own SDK takes it; without a trailing slash. */
  readonly baseUrl: string
  readonly auth: ProviderAuth
  /** Globs over caller header names that this provider may see, beside those of its wire. */
  readonly forwardHeaders: readonly string[]
  /** An answer that is left early costs no more than what was read of it; otherwise it is read to its end, for the provider's count. */
  readonly abortStopsBilling: boolean
  /** Provider-adapters that read this pool call it. */
  readonly pool: string
  /** Where the row comes from: shown to operators, decides who may change it. */
  readonly origin: 'file' | 'environment' | 'built-in'
}

/** `header` auth sends the key in a header of that name; several keys are a pool. */
export type ProviderAuth =
  | { readonly type: 'none' }
  | { readonly type: 'bearer'; readonly keys: readonly string[] }
  | { readonly type: 'header'; readonly header: string; readonly keys: readonly string[] }

export interface Model {
  readonly name: string
  readonly provider: string
  readonly upstreamModel: string
  /** `null` = declared free. A model whose price nobody knows is not in the catalogue at all. */
  readonly price: Price | null
  readonly capabilities: Readonly<Record<string, boolean | number>>
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
}
