import type { IncomingMessage, ServerResponse } from 'node:http'
import { fromUnknown, GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { readinessStatus } from '@sluice/kernel/health'
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { countTokensPaths, countTokensRoute } from './count-tokens.ts'
import { dialectOfRequest } from './dialects.ts'
import { createCancelGeneration, createReadGeneration } from './generations/read-generation.ts'
import { createStreamGeneration, streamRoute } from './generations/stream-generation.ts'
import { endpoints, pathsOf } from './endpoints.ts'
import {
  createCancelResponse,
  createDeleteResponse,
  createListInputItems,
  createReadResponse,
} from './responses/response-routes.ts'
import { createStreamResponse } from './responses/stream-response.ts'
import { createListModels, createReadModel } from './models.ts'
import { declaredLength, tooLarge } from './read-body.ts'
import { isTls, securityHeaders, strictTransport } from './response-headers.ts'
import { sendError } from './send-error.ts'

/** Every route is served under its canonical path and its aliases, and measured under the canonical one. */
const aliases = (path: string) => [`/v1${path}`, path, `/api/client/v1${path}`]

/** Everything but the inference calls: lists, probes, and the answer to what does not exist. */
export function createApp(context: IngressContext): Express {
  const { config, health, clock } = context
  const app = express()
  app.disable('x-powered-by')
  app.use(setHeaders)
  app.use((request, _response, next) => {
    const length = declaredLength(request.headers)
    if (length !== Number.POSITIVE_INFINITY && length > config.maxRequestBytes) {
      throw tooLarge(config.maxRequestBytes)
    }
    next()
  })

  const served = new Set<string>()
  const measured = (route: string) => {
    served.add(route)
    return measure(context)(route)
  }
  const probe = measure(context, { probe: true })
  app.get(aliases('/models'), measured('/v1/models'), createListModels(context))
  app.get(aliases('/models/*id'), measured('/v1/models/{id}'), createReadModel(context))
  app.get(
    aliases('/generations/:id'),
    measured('/v1/generations/{id}'),
    createReadGeneration(context),
  )
  // Measures itself, by how the stream ended.
  app.get(aliases('/generations/:id/stream'), createStreamGeneration(context))
  app.post(
    aliases('/generations/:id/cancel'),
    measured('/v1/generations/{id}/cancel'),
    createCancelGeneration(context),
  )
  app.all(aliases('/generations/:id'), measured('/v1/generations/{id}'), allowOnly('GET, HEAD'))
  app.all(aliases('/generations/:id/stream'), measured(streamRoute), allowOnly('GET, HEAD'))
  app.all(
    aliases('/generations/:id/cancel'),
    measured('/v1/generations/{id}/cancel'),
    allowOnly('POST'),
  )
  const response = measured('/v1/responses/{id}')
  app.get(aliases('/responses/:id'), createStreamResponse(context))
  app.get(aliases('/responses/:id'), response, createReadResponse(context))
  app.delete(aliases('/responses/:id'), response, createDeleteResponse(context))
  app.all(aliases('/responses/:id'), response, allowOnly('GET, HEAD, DELETE'))
  const cancelResponse = measured('/v1/responses/{id}/cancel')
  app.post(aliases('/responses/:id/cancel'), cancelResponse, createCancelResponse(context))
  app.all(aliases('/responses/:id/cancel'), cancelResponse, allowOnly('POST'))
  const responseInput = measured('/v1/responses/{id}/input_items')
  app.get(aliases('/responses/:id/input_items'), responseInput, createListInputItems(context))
  app.all(aliases('/responses/:id/input_items'), responseInput, allowOnly('GET, HEAD'))
  app.all(countTokensPaths, measured(countTokensRoute), allowOnly('POST'))
  for (const endpoint of endpoints) {
    app.all(pathsOf(endpoint), measured(endpoint.route), allowOnly('POST'))
  }
  app.get(['/health', '/livez', '/api/health/live'], probe('/health'), (_request, response) => {
    response.setHeader('cache-control', 'no-store')
    response.json({ status: 'ok' })
  })
  app.get(['/readyz', '/api/health/ready'], probe('/readyz'), (_request, response) => {
    const readiness = health.readiness()
    response.setHeader('cache-control', 'no-store')
    response.status(readinessStatus(readiness)).json(readiness)
  })
  app.head('/', probe('/'), (_request, response) => {
    response.end()
  })
  app.use(measure(context)('unmatched'), () => {
    const { title } = ingressErrors.resource_not_found
    const routes = [...served].join(', ')
    throw new GatewayError(ingressErrors.resource_not_found, `${title}. Served: ${routes}`)
  })
  app.use(answerThrown)
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
function measure({ clock, events }: IngressContext, { probe } = { probe: false }) {
  return (route: string) => (request: Request, response: Response, next: NextFunction) => {
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
