import type { Caller } from '@sluice/contracts/caller'
import type { RequestId } from '@sluice/contracts/ids'
import { GatewayError } from '@sluice/kernel/errors'
import type { Request, RequestHandler } from 'express'
import type { IngressContext } from '../../context.ts'
import { ingressErrors } from '../../errors.ts'
import { authenticate } from '../authenticate.ts'
import { idAndQuery } from '../generations/id-and-query.ts'
import { inputItems } from './input-items.ts'
import { findResponse, type FoundResponse, generationOf, remove } from './kept-responses.ts'

/** `GET /v1/responses/{id}`: the response as it is now. */
export function createReadResponse(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const { found } = await ownResponse(request, context)
    response.setHeader('cache-control', 'no-store')
    response.json(found.response)
  }
}

/** `POST /v1/responses/{id}/cancel`: idempotent; only what runs in the background has nobody who could just leave. */
export function createCancelResponse(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const { found, id, caller } = await ownResponse(request, context)
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
    const caller = await authenticate(request.headers, context.verdicts)
    const { id: name } = idAndQuery(request)
    const id = generationOf(name)
    if (id === null || !(await remove(id, caller, context))) throw notFound(name)
    response.json({ id: name, object: 'response', deleted: true })
  }
}

/** `GET /v1/responses/{id}/input_items`: what was new in the turn, page by page. */
export function createListInputItems(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const { found, id } = await ownResponse(request, context)
    response.json(inputItems(id, found.input, idAndQuery(request).query))
  }
}

interface OwnResponse {
  readonly id: RequestId
  readonly caller: Caller
  readonly found: FoundResponse
}

export async function ownResponse(request: Request, context: IngressContext): Promise<OwnResponse> {
  const caller = await authenticate(request.headers, context.verdicts)
  const { id: name } = idAndQuery(request)
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
