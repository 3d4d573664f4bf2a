import type { RequestListener } from 'node:http'
import { GatewayError } from '@sluice/kernel/errors'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { createApp } from './app.ts'
import { createCountTokens, isCountTokens } from './count-tokens.ts'
import { rangeMatcher } from './client-address.ts'
import { createCors } from './cors.ts'
import { endpointOf, endpoints } from './endpoints.ts'
import { createInference } from './inference.ts'
import { foreignAddress, isProbe, refuseAtOnce } from './refuse-at-once.ts'

/** Sorts requests: inference calls go to plain `node:http` handlers, everything else to Express, which would add a third to their cost. */
export function createHandler(context: IngressContext): RequestListener {
  const { config, health } = context
  const inference = new Map(
    endpoints.map((endpoint) => [endpoint, createInference(endpoint, context)]),
  )
  const countTokens = createCountTokens(context)
  const app = createApp(context)
  const allowed = config.ipAllowlist && rangeMatcher(config.ipAllowlist)
  const cors = config.cors && createCors(config.cors)

  return (request, response) => {
    // The balancer is to find another process: this connection ends with this answer.
    if (health.draining) response.shouldKeepAlive = false
    if (cors?.(request, response)) return
    if (allowed !== null && !allowed(context.addressOf(request)) && !isProbe(request)) {
      refuseAtOnce(request, response, foreignAddress(), context)
      return
    }
    if ((request.url?.length ?? 0) > longestUrl) {
      const error = new GatewayError(ingressErrors.uri_too_long)
      refuseAtOnce(request, response, error, context)
      return
    }
    if (request.url?.startsWith('/') !== true) request.url = originForm(request.url ?? '')
    const endpoint = request.method === 'POST' ? endpointOf(request.url ?? '') : undefined
    const serve = endpoint && inference.get(endpoint)
    if (serve) serve(request, response)
    else if (request.method === 'POST' && isCountTokens(request.url ?? '')) {
      countTokens(request, response)
    } else app(request, response)
  }
}

/** Characters: ids and filters need a fraction of it. */
const longestUrl = 8_000

const absoluteForm = /^https?:\/\/[^/?#]*/i

/** `http://host/path`, as proxies write it, is the same address as `/path`. What is neither is an address of nothing. */
function originForm(url: string): string {
  const path = url.replace(absoluteForm, '')
  return path.startsWith('/') ? path : `/${path}`
}
