import type { Caller } from '@sluice/contracts/caller'
import type { Route } from '@sluice/contracts/http/route'
import {
  cancelResponseRow,
  deleteResponseRow,
  listInputItemsRow,
  readResponseRow,
} from '@sluice/contracts/http/routes/edge'
import type { RequestId } from '@sluice/contracts/ids'
import { GatewayError } from '@sluice/kernel/errors'
import type { Request, RequestHandler } from 'express'
import type { IngressContext } from '../../context.ts'
import { ingressErrors } from '../../errors.ts'
import type { Exchange } from '../authenticate.ts'
import { identify } from '../permit.ts'
import { idAndQuery } from '../generations/id-and-query.ts'
import { inputItems } from './input-items.ts'
import {
  findConversation,
  findResponse,
  type FoundResponse,
  generationOf,
  remove,
} from './kept-responses.ts'

/** `GET /v1/responses/{id}`: the response as it is now. */
export function createReadResponse(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const { found } = await ownResponse({ request, response }, readResponseRow, context)
    response.setHeader('cache-control', 'no-store')
    response.json(found.response)
  }
}

/** `POST /v1/responses/{id}/cancel`: idempotent; only what runs in the background has nobody who could just leave. */
export function createCancelResponse(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const exchange = { request, response }
    const { found, id, caller } = await ownResponse(exchange, cancelResponseRow, context)
    if (!found.background) throw new GatewayError(ingressErrors.not_in_background)
    if (found.ended) {
      response.json(found.response)
      return
    }
    await context.generations.cancel(id, 'The response was cancelled by its caller')
    const now = (await findResponse(id, caller, context)) ?? found
    // Whoever runs it hears of it in a moment.
    response.json(now.ended ? now.response : { ...now.response, status: 'cancelled' })
  }
}

/** `DELETE /v1/responses/{id}`: nobody can come back to it. What runs goes on, and is billed. */
export function createDeleteResponse(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const principal = await identify({ request, response }, deleteResponseRow, context)
    const { id: name } = idAndQuery(request)
    const id = generationOf(name)
    if (id === null || !(await remove(id, principal.caller, context))) throw notFound(name)
    const requestId = String(response.getHeader('request-id'))
    const address = context.addressOf(request)
    const done = { route: deleteResponseRow.id, principal, address, requestId }
    await context.audit(done, { target: `response:${name}` })
    response.json({ id: name, object: 'response', deleted: true })
  }
}

/** `GET /v1/responses/{id}/input_items`: all that the answer was made from, the turns before it included, page by page. */
export function createListInputItems(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const exchange = { request, response }
    const { found, id, caller } = await ownResponse(exchange, listInputItemsRow, context)
    const previous = generationOf(found.response['previous_response_id'])
    // One that was removed since is no longer shown.
    const history = (previous && (await findConversation(previous, caller, context))) ?? []
    response.json(inputItems(id, [...history, ...found.input], idAndQuery(request).query))
  }
}

interface OwnResponse {
  readonly id: RequestId
  readonly caller: Caller
  readonly found: FoundResponse
}

export async function ownResponse(
  exchange: Exchange & { readonly request: Request },
  route: Route,
  context: IngressContext,
): Promise<OwnResponse> {
  const { caller } = await identify(exchange, route, context)
  const { id: name } = idAndQuery(exchange.request)
  const id = generationOf(name)
  const found = id && (await findResponse(id, caller, context))
  if (!id || !found) throw notFound(name)
  return { id, caller, found }
}

export function notFound(name: string): GatewayError {
  return new GatewayError(
    ingressErrors.response_not_found,
    `Response with id '${name}' not found.`,
    { type: 'invalid_request_error' },
  )
}
