import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CorsConfig } from '../config.ts'
import { exposedHeaders } from './response-headers.ts'

/** True when it answered the request: a preflight ends here. */
export type Cors = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * Lets web pages of the configured origins call the API with a key of their own. Cookies are no credential here, so credentials are never
 * allowed; an origin that is not configured gets no header at all.
 */
export function createCors({ allowedOrigins, maxAgeSeconds }: CorsConfig): Cors {
  const exact = new Set(allowedOrigins.filter((origin) => !origin.includes('*')))
  const wild = allowedOrigins.filter((origin) => origin.includes('*')).map(matchesSubdomain)
  const allows = (origin: string) => exact.has(origin) || wild.some((matches) => matches(origin))

  return (request, response) => {
    const { origin } = request.headers
    const asked = request.headers['access-control-request-method']
    response.setHeader('vary', 'Origin')
    if (origin !== undefined && allows(origin)) {
      response.setHeader('access-control-allow-origin', origin)
      response.setHeader('access-control-expose-headers', exposedHeaders)
      if (asked !== undefined) {
        const headers = request.headers['access-control-request-headers']
        response.setHeader('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
        if (headers !== undefined) response.setHeader('access-control-allow-headers', headers)
        response.setHeader('access-control-max-age', String(maxAgeSeconds))
      }
    }
    if (request.method !== 'OPTIONS' || origin === undefined || asked === undefined) return false
    response.writeHead(204).end()
    return true
  }
}

const subdomain = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/

/** `https://*.example.com`: any labels before the dot, never `https://evilexample.com` or `https://x.example.com.evil.com`. */
function matchesSubdomain(allowed: string): (origin: string) => boolean {
  const [start = '', end = ''] = allowed.split('*')
  return (origin) =>
    origin.startsWith(start) &&
    origin.endsWith(end) &&
    subdomain.test(origin.slice(start.length, -end.length))
}
