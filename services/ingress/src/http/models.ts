import type { ListedModel } from '@sluice/contracts/rpc/router'
import { GatewayError } from '@sluice/kernel/errors'
import type { Request, RequestHandler } from 'express'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { authenticate } from './authenticate.ts'
import { mayUseModel } from './model-access.ts'

/** `GET /v1/models`: what this key may use, aliases included. */
export function createListModels(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const models = await visibleModels(request, context)
    response.json({ object: 'list', data: models.map(asOpenAiModel) })
  }
}

/** `GET /v1/models/{id}`: a model of another tenant is as unknown as one that does not exist. */
export function createReadModel(context: IngressContext): RequestHandler {
  return async (request, response) => {
    // Ids contain slashes; a last one belongs to the address.
    const segments: unknown = request.params['id']
    const id = (Array.isArray(segments) ? segments.join('/') : String(segments)).replace(/\/$/, '')
    const model = (await visibleModels(request, context)).find((each) => each.id === id)
    if (!model) {
      const message = `There is no model ${JSON.stringify(id)}`
      throw new GatewayError(ingressErrors.model_not_found, message, { param: 'model' })
    }
    response.json(asOpenAiModel(model))
  }
}

async function visibleModels(
  request: Request,
  { verdicts, models }: IngressContext,
): Promise<readonly ListedModel[]> {
  const caller = await authenticate(request.headers, verdicts)
  return (await models.read()).filter((model) => mayUseModel(caller, model.id))
}

function asOpenAiModel({ id, created, ownedBy, capabilities }: ListedModel) {
  return { id, object: 'model', created, owned_by: ownedBy, capabilities }
}
