import { z } from 'zod'
import type { Role } from '../../access.ts'
import { GenerationView } from '../generation.ts'
import { defineRoute, type Route } from '../route.ts'

/** Whoever works with content. `viewer` and `operator` do not. */
export const contentRoles: readonly Role[] = ['owner', 'admin', 'project_admin', 'user']

const callers = { roles: contentRoles } as const

/** Clients take the API with and without its version, and below its old address. */
function clientAliases(path: string): string[] {
  return [path.replace('/v1', ''), `/api/client${path}`]
}

/** What every dialect has; the rest is the dialect's own, and travels on as it came. */
const call = z.looseObject({
  model: z.string().describe('A model or an alias of GET /v1/models'),
  stream: z.boolean().optional().describe('Answer with server-sent events'),
})
const form = z.looseObject({ model: z.string() }).describe('multipart/form-data')
const anything = z.looseObject({}).describe('As the vendor of this dialect documents it')

/** What is asked for in the words of a dialect whose answers can be streams. */
const dialogues: ReadonlySet<string> = new Set([
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/messages',
  '/v1/completions',
])

const ofProviders = [
  'model_not_found',
  'capability_missing',
  'budget_exceeded',
  'idempotency_mismatch',
  'upstream_error',
  'upstream_quota',
  'upstream_timeout',
] as const

function inference(path: string, summary: string, feature?: string): Route {
  return defineRoute({
    id: `inference.${path.slice('/v1/'.length).replaceAll('/', '-')}`,
    method: 'POST',
    path,
    aliases: clientAliases(path),
    owner: 'ingress',
    tag: 'Inference',
    summary,
    access: callers,
    ...(feature === undefined ? {} : { feature }),
    body: path.startsWith('/v1/audio/tr') ? form : call,
    status: 200,
    reply: anything,
    ...(dialogues.has(path) ? { streams: true } : {}),
    errors: [...ofProviders, ...(dialogues.has(path) ? [] : ['operation_unsupported'])],
  })
}

/** By `route` of the edge's endpoints. */
export const inferenceRoutes: readonly Route[] = [
  inference('/v1/chat/completions', 'A chat completion in OpenAI’s form', 'LLM_CHAT'),
  inference('/v1/responses', 'A response in OpenAI’s form, kept unless store is false', 'LLM_CHAT'),
  inference('/v1/messages', 'A message in Anthropic’s form', 'LLM_CHAT'),
  inference('/v1/completions', 'A legacy completion in OpenAI’s form', 'LLM_CHAT'),
  inference('/v1/embeddings', 'Embeddings', 'LLM_EMBEDDINGS'),
  inference('/v1/rerank', 'Documents by their relevance', 'RERANKER'),
  inference('/v1/moderations', 'What is harmful in a text'),
  inference('/v1/images/generations', 'Pictures'),
  inference('/v1/images/edits', 'Changed pictures'),
  { ...inference('/v1/audio/speech', 'Speech from text'), replyType: 'audio/*' },
  inference('/v1/audio/transcriptions', 'Text from speech'),
  inference('/v1/audio/translations', 'English text from speech'),
]

const countTokensPath = '/v1/messages/count_tokens'
export const countTokensRow = defineRoute({
  id: 'messages.count_tokens',
  method: 'POST',
  path: countTokensPath,
  aliases: clientAliases(countTokensPath),
  owner: 'ingress',
  tag: 'Inference',
  summary: 'How many tokens a message would read',
  access: callers,
  feature: 'LLM_CHAT',
  body: call,
  status: 200,
  reply: z.object({ input_tokens: z.int() }),
  readOnly: true,
  errors: ['model_not_found'],
})

const Model = z.looseObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
})

export const listModelsRow = defineRoute({
  id: 'models.list',
  method: 'GET',
  path: '/v1/models',
  aliases: clientAliases('/v1/models'),
  owner: 'ingress',
  tag: 'Models',
  summary: 'The models this key may use',
  access: 'authenticated',
  status: 200,
  reply: z.looseObject({ object: z.literal('list'), data: z.array(Model), has_more: z.boolean() }),
})

export const readModelRow = defineRoute({
  id: 'models.read',
  method: 'GET',
  path: '/v1/models/{id}',
  aliases: clientAliases('/v1/models/{id}'),
  owner: 'ingress',
  tag: 'Models',
  summary: 'One model; its id may contain slashes',
  access: 'authenticated',
  params: z.strictObject({ id: z.string() }),
  status: 200,
  reply: Model,
  errors: ['model_not_found'],
})

const byRequestId = z.strictObject({ id: z.string().describe('The x-request-id of the call') })

function generation<const Id extends string>(
  id: Id,
  method: 'GET' | 'POST',
  suffix: string,
  row: Pick<Route, 'summary' | 'status'> & Partial<Route>,
) {
  const path = `/v1/generations/{id}${suffix}`
  return defineRoute({
    id,
    method,
    path,
    aliases: clientAliases(path),
    owner: 'ingress',
    tag: 'Generations',
    access: callers,
    params: byRequestId,
    errors: ['generation_not_found'],
    ...row,
  })
}

export const readGenerationRow = generation('generations.read', 'GET', '', {
  summary: 'What is known of a call without its answer',
  status: 200,
  reply: GenerationView,
})
export const streamGenerationRow = generation('generations.stream', 'GET', '/stream', {
  summary: 'The answer of a call, from its start or from a cursor',
  status: 200,
  replyType: 'text/event-stream',
  errors: ['generation_not_found', 'log_reset', 'cursor_expired'],
})
export const cancelGenerationRow = generation('generations.cancel', 'POST', '/cancel', {
  summary: 'Ends a call; idempotent',
  status: 202,
  reply: GenerationView,
  readOnly: true,
})

function response<const Id extends string>(
  id: Id,
  method: 'GET' | 'POST' | 'DELETE',
  suffix: string,
  summary: string,
  readOnly: boolean,
) {
  const path = `/v1/responses/{id}${suffix}`
  return defineRoute({
    id,
    method,
    path,
    aliases: clientAliases(path),
    owner: 'ingress',
    tag: 'Responses',
    summary,
    access: callers,
    params: z.strictObject({ id: z.string() }),
    status: 200,
    reply: anything,
    readOnly,
    errors: ['response_not_found'],
  })
}

export const readResponseRow = response(
  'responses.read',
  'GET',
  '',
  'A kept response, or its events (stream=true)',
  true,
)
export const deleteResponseRow = response(
  'responses.delete',
  'DELETE',
  '',
  'Forgets a response',
  false,
)
export const cancelResponseRow = response(
  'responses.cancel',
  'POST',
  '/cancel',
  'Ends a response that runs in the background',
  true,
)
export const listInputItemsRow = response(
  'responses.input_items',
  'GET',
  '/input_items',
  'What was new in the turn of a response',
  true,
)

function open<const Id extends string>(
  id: Id,
  path: string,
  row: Pick<Route, 'summary'> & Partial<Route>,
) {
  return defineRoute({
    id,
    method: 'GET',
    path,
    owner: 'ingress',
    tag: 'Operations',
    access: 'public',
    status: 200,
    ...row,
  })
}

export const healthRow = open('health.live', '/health', {
  summary: '200 while the process lives',
  aliases: ['/livez', '/api/health/live'],
  reply: z.object({ status: z.literal('ok') }),
})
export const readyRow = open('health.ready', '/readyz', {
  summary: 'Whether it serves, and with what',
  aliases: ['/api/health/ready'],
  reply: z.object({
    status: z.enum(['ok', 'degraded', 'unavailable', 'starting', 'draining']),
    version: z.string(),
    uptime_s: z.int(),
    adapters: z.record(z.string(), z.string()).describe('By port'),
    checks: z.array(
      z.object({
        name: z.string(),
        required: z.boolean().describe('Not ready while it fails'),
        ok: z.boolean(),
        latency_ms: z.int(),
        error: z.string().optional(),
      }),
    ),
  }),
  alsoWith: [503],
})
export const rootRow = open('root.head', '/', { method: 'HEAD', summary: 'Somebody is there' })
export const openApiRow = open('openapi.read', '/openapi.json', {
  summary: 'This document',
  reply: z.looseObject({ openapi: z.string() }),
})

/** What the edge answers by itself. */
export const edgeRoutes: readonly Route[] = [
  ...inferenceRoutes,
  countTokensRow,
  listModelsRow,
  readModelRow,
  readGenerationRow,
  streamGenerationRow,
  cancelGenerationRow,
  readResponseRow,
  deleteResponseRow,
  cancelResponseRow,
  listInputItemsRow,
  healthRow,
  readyRow,
  rootRow,
  openApiRow,
]
