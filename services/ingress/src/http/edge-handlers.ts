import * as rows from '@sluice/contracts/http/routes/edge'
import { readinessStatus } from '@sluice/kernel/health'
import type { RequestHandler } from 'express'
import type { IngressContext } from '../context.ts'
import { createCancelGeneration, createReadGeneration } from './generations/read-generation.ts'
import { createStreamGeneration } from './generations/stream-generation.ts'
import { createListModels, createReadModel } from './models.ts'
import {
  createCancelResponse,
  createDeleteResponse,
  createListInputItems,
  createReadResponse,
} from './responses/response-routes.ts'
import { createReadOpenApi } from './read-openapi.ts'
import { createStreamResponse } from './responses/stream-response.ts'

export interface EdgeHandler {
  /** Measures itself, by how its stream ended; passes on what is not for it. */
  readonly first?: RequestHandler
  readonly handler: RequestHandler
}

/** Matched on `node:http`, before Express, which would add a third to their cost. */
export const servedBeforeExpress: ReadonlySet<string> = new Set(
  [...rows.inferenceRoutes, rows.countTokensRow].map(({ id }) => id),
)

/** What the edge answers itself, by the id of its row. */
export function createEdgeHandlers(context: IngressContext): Record<string, EdgeHandler> {
  const { health } = context
  const plain = (handler: RequestHandler): EdgeHandler => ({ handler })
  return {
    [rows.listModelsRow.id]: plain(createListModels(context)),
    [rows.readModelRow.id]: plain(createReadModel(context)),
    [rows.readGenerationRow.id]: plain(createReadGeneration(context)),
    [rows.streamGenerationRow.id]: {
      first: createStreamGeneration(context),
      handler: (_request, _response, next) => {
        next()
      },
    },
    [rows.cancelGenerationRow.id]: plain(createCancelGeneration(context)),
    [rows.readResponseRow.id]: {
      first: createStreamResponse(context),
      handler: createReadResponse(context),
    },
    [rows.cancelResponseRow.id]: plain(createCancelResponse(context)),
    [rows.deleteResponseRow.id]: plain(createDeleteResponse(context)),
    [rows.listInputItemsRow.id]: plain(createListInputItems(context)),
    [rows.healthRow.id]: plain((_request, response) => {
      response.setHeader('cache-control', 'no-store')
      response.json({ status: 'ok' })
    }),
    [rows.readyRow.id]: plain((_request, response) => {
      const readiness = health.readiness()
      response.setHeader('cache-control', 'no-store')
      response.status(readinessStatus(readiness)).json(readiness)
    }),
    [rows.rootRow.id]: plain((_request, response) => {
      response.end()
    }),
    [rows.openApiRow.id]: plain(createReadOpenApi(context)),
  }
}
