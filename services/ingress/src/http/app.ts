import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Route } from '@sluice/contracts/http/route'
import { routesOf } from '@sluice/contracts/http/route-table'
import { fromUnknown, GatewayError, toGenerationError } from '@sluice/kernel/errors'
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { recognise } from './authenticate.ts'
import { dialectOfRequest } from './dialects.ts'
import { createEdgeHandlers, servedBeforeExpress } from './edge-handlers.ts'
import { byPath, methodsOf, verbOf } from './express-paths.ts'
import { declaredLength, tooLarge } from './read-body.ts'
import { createRelay } from './relay.ts'
import { isTls, securityHeaders, strictTransport } from './response-headers.ts'
import { sendError } from './send-error.ts'

/** Everything but the inference calls: by the rows of the route table, in their order of precedence, and the answer to what does not exist. */
export function createApp(context: IngressContext): Express {
  const { config, clock } = context
  const app = express()
  app.disable('x-powered-by')
  // As those are that do not come here.
  app.enable('case sensitive routing')
  app.use(setHeaders)
  app.use((request, _response, next) => {
    const length = declaredLength(request.headers)
    if (length !== Number.POSITIVE_INFINITY && length > config.maxRequestBytes) {
      throw tooLarge(config.maxRequestBytes)
    }
    next()
  })
  const handlers = createEdgeHandlers(context)
  for (const [path, routes] of byPath(context.routes)) {
    const [{ path: canonical, tag }] = routes
    const measured = measure(context, canonical, tag === 'Operations')
    for (const route of routes) {
      // What is served on `node:http` comes here with another method only, or not at all.
      if (servedBeforeExpress.has(route.id)) continue
      const served = handlers[route.id] ?? { handler: createRelay(route, context) }
      if (served.first) app[verbOf(route)](path, served.first)
      app[verbOf(route)](path, measured, served.handler)
    }
    // `app.all` would make a layer for each of Node's methods.
    if (canonical !== '/') app.route(path).all(measured, allowOnly(methodsOf(routes)))
  }
  const rows = routesOf('ingress').filter(({ tag }) => tag !== 'Operations')
  const served = new Set(rows.map(({ path }) => path))
  app.use(measure(context, 'unmatched', false), async (request, response) => {
    await recognise({ request, response }, context)
    const { title } = ingressErrors.resource_not_found
    const message = `${title}. Served: ${[...served].join(', ')}, … (/openapi.json)`
    throw new GatewayError(ingressErrors.resource_not_found, message)
  })
  app.use(answerThrown)
  requireRows(app, context.routes)
  return app

  function setHeaders(request: IncomingMessage, response: ServerResponse, next: NextFunction) {
    const id = context.newRequestId(clock.now())
    response.setHeader('x-request-id', id)
    response.setHeader('request-id', id)
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    if (config.publicTls || isTls(request)) {
      response.setHeader('strict-transport-security', strictTransport)
    }
    next()
  }

  // Four parameters make it an error handler.
  function answerThrown(thrown: unknown, request: Request, response: Response, _next: unknown) {
    const error = asGatewayError(thrown)
    const requestId = String(response.getHeader('request-id'))
    if (error.status === 500) {
      context.logger.error({ err: error, request_id: requestId }, 'request failed')
    }
    if (response.headersSent) request.socket.destroy()
    else {
      sendError(request, response, toGenerationError(error), {
        requestId,
        headers: {},
        clock,
        dialect: dialectOfRequest(request),
      })
    }
  }
}

/** Throws for an address that is served without a row: nothing would authorise or describe it. */
function requireRows(app: Express, routes: readonly Route[]): void {
  const known = new Set(byPath(routes).flatMap(([paths]) => paths))
  const served = app.router.stack.flatMap(({ route }) => route?.path ?? [])
  const unknown = served.filter((path) => !known.has(path))
  if (unknown.length > 0) throw new TypeError(`No row describes ${unknown.join(', ')}`)
}

function allowOnly(methods: string): RequestHandler {
  return (_request, response) => {
    response.setHeader('allow', methods)
    throw new GatewayError(ingressErrors.method_not_allowed)
  }
}

/** Express throws its own errors for addresses it cannot decode. */
function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof URIError) {
    return new GatewayError(ingressErrors.invalid_url, undefined, { cause: thrown })
  }
  return fromUnknown(thrown)
}

/** Reports the end of a request under its route's template; mounted on the route, since only a matched route has a bounded name. */
function measure({ clock, events }: IngressContext, route: string, probe: boolean): RequestHandler {
  return (request, response, next) => {
    const startedAt = clock.monotonic()
    response.once('close', () => {
      events.requestEnded({
        route,
        requestId: String(response.getHeader('request-id')),
        method: request.method,
        status: response.statusCode,
        startedAt,
        probe,
      })
    })
    next()
  }
}
