import type { Provider } from '@sluice/catalogue/catalogue'
import { globMatcher } from '@sluice/catalogue/glob'
import type { Traits } from '@sluice/contracts/generation/traits'
import type { WireName } from '@sluice/contracts/wire-name'

/** Caller headers that a wire itself defines; a provider row adds its own `forward_headers`. */
const wireHeaders: Readonly<Partial<Record<WireName, readonly string[]>>> = {
  'openai-chat': ['openai-*'],
  'openai-completions': ['openai-*'],
  // What Codex tells about a conversation.
  'openai-responses': ['openai-*', 'session-id', 'thread-id', 'originator', 'x-codex-*'],
  'anthropic-messages': ['anthropic-*'],
  'bedrock-invoke': ['anthropic-*'],
}

/** Never forwarded, whatever a row allows: they are the caller's credentials, ours, or belong to one connection (D-32). */
const forbidden = globMatcher([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'x-amz-*',
  'x-gateway-*',
  'x-forwarded-*',
  'forwarded',
  'host',
  'content-*',
  'accept-encoding',
])

export interface HeaderTarget {
  /** The dialect of the caller, and what the provider is spoken to in. */
  readonly callerWire: WireName
  readonly wire: WireName
  readonly traits: Traits
}

export type AddHeaders = (
  callerHeaders: Readonly<Record<string, string>>,
  target: HeaderTarget,
  into: Record<string, string>,
) => void

/** Builds the header filter of one provider; made once per row, asked per request. */
export function createHeaderFilter({
  headers,
  forwardHeaders,
}: Pick<Provider, 'headers' | 'forwardHeaders'>): AddHeaders {
  const ofRow = globMatcher(forwardHeaders.map((name) => name.toLowerCase()))
  const ofWire = new Map(
    Object.entries(wireHeaders).map(([wire, names]) => [wire, globMatcher(names)]),
  )
  return (callerHeaders, { callerWire, wire, traits }, into) => {
    // Translated, a call has no more to do with the headers of its own dialect.
    const isOfWire = callerWire === wire ? ofWire.get(wire) : undefined
    for (const name in callerHeaders) {
      const value = callerHeaders[name]
      if (value === undefined || forbidden(name)) continue
      if (ofRow(name) || isOfWire?.(name) === true) into[name] = value
    }
    if (wire === 'anthropic-messages') addAnthropicHeaders(traits, into)
    Object.assign(into, headers)
  }
}

/** What callers of an older time mean. */
const anthropicVersion = '2023-06-01'
const dated = /^\d{4}-\d{2}-\d{2}$/

/**
 * Clouds that run the models themselves have a version of their own, in the body. Of the betas only those go on that the target takes; the body's
 * members of the others are left out by the wire (T59).
 */
function addAnthropicHeaders(traits: Traits, into: Record<string, string>): void {
  const version = traits.anthropicVersion ?? anthropicVersion
  if (!dated.test(version)) delete into['anthropic-version']
  else into['anthropic-version'] ??= version

  const { anthropicBetas: allowed } = traits
  const asked = into['anthropic-beta']
  if (allowed === undefined || asked === undefined) return
  const kept = asked.split(',').filter((beta) => allowed.includes(beta.trim()))
  if (kept.length > 0) into['anthropic-beta'] = kept.join(',')
  else delete into['anthropic-beta']
}
