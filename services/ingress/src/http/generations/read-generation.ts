import type { Route } from '@sluice/contracts/http/route'
import { cancelGenerationRow, readGenerationRow } from '@sluice/contracts/http/routes/edge'
import type { Request, RequestHandler, Response } from 'express'
import { GatewayError } from '@sluice/kernel/errors'
import type { IngressContext } from '../../context.ts'
import { ingressErrors } from '../../errors.ts'
import { identify } from '../permit.ts'
import { findGeneration, type FoundGeneration } from './find-generation.ts'
import { generationBody } from './generation-body.ts'
import { idAndQuery } from './id-and-query.ts'

/** `GET /v1/generations/{id}`: what is known of it without its log. */
export function createReadGeneration(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const { summary } = await ownGeneration(request, response, readGenerationRow, context)
    response.setHeader('cache-control', 'no-store')
    response.json(generationBody(summary))
  }
}

/** `POST /v1/generations/{id}/cancel`: asks for its end, as often as one likes. What its readers get is the log's to say. */
export function createCancelGeneration(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const found = await ownGeneration(request, response, cancelGenerationRow, context)
    const { id } = found.summary
    if (found.summary.terminal === null) {
      await context.generations.cancel(id, 'The generation was cancelled by its caller')
    }
    const summary = (await context.generations.describe(id)) ?? found.summary
    response.status(202).json(generationBody(summary))
  }
}

async function ownGeneration(
  request: Request,
  response: Response,
  route: Route,
  context: IngressContext,
): Promise<FoundGeneration> {
  const { caller } = await identify({ request, response }, route, context)
  const found = await findGeneration(idAndQuery(request).id, caller, context)
  if (found === null) throw new GatewayError(ingressErrors.generation_not_found)
  return found
}
