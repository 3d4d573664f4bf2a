import { hash } from 'node:crypto'
import type { Route } from '@sluice/contracts/http/route'
import { listModelsRow, readModelRow } from '@sluice/contracts/http/routes/edge'
import type { ListedModel } from '@sluice/contracts/rpc/router'
import { GatewayError } from '@sluice/kernel/errors'
import { nearestNames } from '@sluice/catalogue/nearest-names'
import type { RequestHandler } from 'express'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import type { Exchange } from './authenticate.ts'
import { asCodexModel } from './codex-models.ts'
import { mayUseModel } from './model-access.ts'
import { identify } from './permit.ts'

/**
 * `GET /v1/models`: what this key may use, aliases included, in one list that clients of OpenAI and of Anthropic both read. Codex names its
 * version and gets a list of its own beside it.
 */
export function createListModels(context: IngressContext): RequestHandler {
  return async (request, response) => {
    const models = await visibleModels({ request, response }, listModelsRow, context)
    const isCodex = request.url.includes('client_version=')
    const body = JSON.stringify({
      object: 'list',
      data: models.map(asModel),
      // The whole list is one page, whatever limit was asked for.
      has_more: false,
      first_id: models.at(0)?.id ?? null,
      last_id: models.at(-1)?.id ?? null,
      ...(isCodex ? { models: models.filter(isChatModel).map(asCodexModel) } : {}),
    })
    const etag = `"${hash('sha256', body, 'base64url')}"`
    response.setHeader('etag', etag)
    response.setHeader('cache-control', 'private, no-cache')
    if (isSame(request.headers['if-none-match'], etag)) response.status(304).end()
    else response.type('json').send(body)
  }
}

/** Not left to Express: `fetch` says `no-cache` beside every `If-None-Match`, which Express takes for a wish not to be told so. */
function isSame(known: string | undefined, etag: string): boolean {
  return known?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag) === true
}

/** `GET /v1/models/{id}`: a model of another tenant is as unknown as one that does not exist. */
export function createReadModel(context: IngressContext): RequestHandler {
  return async (request, response) => {
    // Ids contain slashes; a last one belongs to the address.
    const segments: unknown = request.params['id']
    const id = (Array.isArray(segments) ? segments.join('/') : String(segments)).replace(/\/$/, '')
    const models = await visibleModels({ request, response }, readModelRow, context)
    const model = models.find((each) => each.id === id)
    if (!model) throw unknownModel(id, models)
    response.json(asModel(model))
  }
}

function unknownModel(id: string, models: readonly ListedModel[]): GatewayError {
  const names = models.map((model) => model.id)
  const near = nearestNames(id, names, 3)
  const hint = near.length > 0 ? ` Nearest: ${near.join(', ')}.` : ''
  const message = `There is no model ${JSON.stringify(id.slice(0, 200))}.${hint}`
  return new GatewayError(ingressErrors.model_not_found, message, { param: 'model' })
}

async function visibleModels(
  exchange: Exchange,
  route: Route,
  context: IngressContext,
): Promise<readonly ListedModel[]> {
  const { caller } = await identify(exchange, route, context)
  return (await context.models.read(caller.tenantId)).filter((model) =>
    mayUseModel(caller, model.id),
  )
}

/** OpenAI's members and Anthropic's: neither minds the other's. */
function asModel({ id, created, ownedBy, capabilities }: ListedModel) {
  return {
    id,
    object: 'model',
    type: 'model',
    created,
    created_at: new Date(created * 1_000).toISOString(),
    owned_by: ownedBy,
    name: id,
    display_name: id,
    capabilities,
  }
}

/** Everything answers chats that does not say what else it is for. */
function isChatModel({ capabilities }: ListedModel): boolean {
  const special = ['embeddings', 'rerank', 'moderation', 'image_generation', 'speech']
  return capabilities['chat'] !== false && !special.some((name) => capabilities[name] === true)
}
