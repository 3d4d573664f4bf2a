import type { Provider } from '@sluice/catalogue/catalogue'
import { globMatcher } from '@sluice/catalogue/glob'

/** Caller headers that the wire itself defines; a provider row adds its own `forward_headers`. */
const wireHeaders: Readonly<Record<string, readonly string[]>> = {
  'openai-chat': ['openai-*'],
  'openai-responses': ['openai-*'],
  'anthropic-messages': ['anthropic-*'],
}

/** Never forwarded, whatever a row allows: they are the caller's credentials, or ours. */
const forbidden = globMatcher([
  'authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'x-gateway-*',
  'x-forwarded-*',
  'host',
  'content-*',
])

/** Builds the header filter of one provider; made once per row, asked per request. */
export function createHeaderFilter(
  provider: Provider,
): (callerHeaders: Readonly<Record<string, string>>, into: Record<string, string>) => void {
  const allowed = globMatcher([
    ...(wireHeaders[provider.wire] ?? []),
    ...provider.forwardHeaders.map((name) => name.toLowerCase()),
  ])
  return (callerHeaders, into) => {
    for (const [name, value] of Object.entries(callerHeaders)) {
      if (allowed(name) && !forbidden(name)) into[name] = value
    }
  }
}

/** The provider's own credential. Several keys take turns. */
export function createCredential(provider: Provider): (into: Record<string, string>) => void {
  const { auth } = provider
  if (!('keys' in auth)) return () => undefined
  let turn = 0
  const next = () => auth.keys[turn++ % auth.keys.length] ?? ''
  if (auth.type === 'bearer') {
    return (into) => {
      into['authorization'] = `Bearer ${next()}`
    }
  }
  return (into) => {
    into[auth.header] = next()
  }
}
