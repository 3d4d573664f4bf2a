import type { IncomingHttpHeaders } from 'node:http'

const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/
const maxClientRequestIdLength = 512

/** Families a provider row or a wire may ask for. What really reaches a provider is decided by the adapter, row by row. */
const offered = /^(?:x-|openai-|anthropic-)|^(?:session-id|thread-id|originator|tracestate)$/

/** Credentials under any usual name, our own headers, what proxies and SDKs add for us: these never leave the edge. */
const withheld =
  /^x-(?:gateway|forwarded|stainless|request-id|client-request-id|real-ip)|(?:key|token|secret|auth|authorization|cookie|password)$/

const maxForwardedBytes = 16_384

/**
 * The caller's headers that may travel on with a generation. `Authorization` and `Cookie` are not of an offered family; the rest of the
 * credentials are withheld by name. What exceeds the bound is dropped: such headers are hints, not the request.
 */
export function forwardableHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {}
  let left = maxForwardedBytes
  for (const name in headers) {
    if (!offered.test(name) || withheld.test(name)) continue
    const value = headers[name]
    if (typeof value !== 'string') continue
    left -= name.length + value.length
    if (left >= 0) result[name] = value
  }
  return result
}

/** A caller's own name for the request: echoed and logged, never a key of anything. */
export function clientRequestId(headers: IncomingHttpHeaders): string | null {
  const value = headers['x-request-id']
  return typeof value === 'string' && value !== '' ? value.slice(0, maxClientRequestIdLength) : null
}

export function traceparent(headers: IncomingHttpHeaders): string | null {
  const value = headers['traceparent']
  return typeof value === 'string' && traceparentForm.test(value) ? value : null
}
