import { z } from 'zod'
import type { Route } from './route.ts'

type JsonSchema = Record<string, unknown>

export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly JsonSchema[]
  readonly requestBody?: JsonSchema
  readonly responses: Readonly<Record<string, JsonSchema>>
}

/** The HTTP interface as OpenAPI 3.1, made from its rows alone. Aliases are not in it: one address each is enough. */
export function createOpenApi(routes: readonly Route[]): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const route of routes) {
    const path = (paths[route.path] ??= {})
    path[route.method.toLowerCase()] = operationOf(route)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sluice',
      version: 'v1',
      description:
        'An AI gateway. Errors are in the form of the called route’s dialect: OpenAI’s, or Anthropic’s below /v1/messages. What is no request to any operation is refused in the same form: 404 and 405 (no such address, or not with that method), 408, 414 and 431 (too slow, too long). A 500 is a mistake of the gateway.',
    },
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
      schemas: Object.fromEntries(
        Object.entries(errorBodies).map(([name, body]) => [name, schemaOf(body, 'output')]),
      ),
      responses: Object.assign({}, ...errorNames.map(refusals)) as Record<string, unknown>,
    },
  }
}

type ErrorName = 'Error' | 'VendorError' | 'AnthropicError'
const errorNames: readonly ErrorName[] = ['Error', 'VendorError', 'AnthropicError']

const asSaid = 'What a provider of this dialect said about the request is said again as it was'

const errorBodies: Readonly<Record<ErrorName, z.ZodType>> = {
  Error: z.object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  }),
  VendorError: z
    .looseObject({
      error: z.looseObject({
        message: z.string(),
        type: z.string().nullish(),
        param: z.unknown().optional(),
        code: z.unknown().optional(),
      }),
    })
    .describe(asSaid),
  AnthropicError: z
    .looseObject({
      type: z.literal('error'),
      error: z.looseObject({ type: z.string(), message: z.string() }),
      request_id: z.string().nullish(),
    })
    .describe(asSaid),
}

function errorNameOf({ path, tag }: Route): ErrorName {
  if (path.startsWith('/v1/messages')) return 'AnthropicError'
  return tag === 'Inference' ? 'VendorError' : 'Error'
}

function operationOf(route: Route): Operation {
  const { id, tag, summary, access, params, query, body } = route
  const parameters = [...parametersOf(params, 'path'), ...parametersOf(query, 'query')]
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...described(route),
    ...(access === 'public' ? { security: [] } : { security: [{ bearer: [] }, { apiKey: [] }] }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: requestBody(body) } : {}),
    responses: responsesOf(route),
  }
}

function described({ access, feature, errors = [] }: Route): { description?: string } {
  const lines: string[] = []
  if (typeof access === 'object') {
    lines.push(
      `Roles: ${access.roles.join(', ')}${access.platform === true ? ', above tenants' : ''}.`,
    )
  }
  if (feature !== undefined) lines.push(`Licence: ${feature}.`)
  if (errors.length > 0) lines.push(`Error codes: ${errors.join(', ')}.`)
  return lines.length > 0 ? { description: lines.join(' ') } : {}
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): JsonSchema[] {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, JsonSchema>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

function requestBody(body: z.ZodType): JsonSchema {
  const schema = schemaOf(body, 'input')
  const type =
    schema['description'] === 'multipart/form-data' ? 'multipart/form-data' : 'application/json'
  return { required: true, content: { [type]: { schema } } }
}

function responsesOf(route: Route): Record<string, JsonSchema> {
  const { status, alsoWith = [], reply, replyType = 'application/json' } = route
  const schema = replyType === 'application/json' && reply ? schemaOf(reply, 'output') : text
  const isEmpty = status === 204 || (!reply && route.replyType === undefined)
  const error = errorNameOf(route)
  const refusals = refusalsOf(route).map((each) => [
    each,
    { $ref: `#/components/responses/${error}${String(each)}` },
  ])
  const streamed = route.streams === true ? { 'text/event-stream': { schema: text } } : {}
  const content = isEmpty ? {} : { content: { [replyType]: { schema }, ...streamed } }
  const sameBody = alsoWith.map((each) => [each, { description: reasons[each], ...content }])
  return {
    [status]: { description: 'Done', ...content },
    ...(Object.fromEntries([...refusals, ...sameBody]) as Record<string, JsonSchema>),
  }
}

const text: JsonSchema = { type: 'string' }

const reasons: Readonly<Record<number, string>> = {
  400: 'Something in the request is not valid; `param` names it',
  401: 'No valid credential',
  402: 'The call costs more than it says it may',
  403: 'The credential, its role or the licence does not allow it',
  404: 'Not there, or not the caller’s',
  409: 'It does not go with what is there',
  410: 'Not kept any more',
  413: 'The body is too large',
  415: 'The body is of another type',
  422: 'It contradicts an earlier request',
  429: 'A limit is reached; Retry-After says when to come back',
  501: 'The provider of this model has no such operation',
  502: 'The provider failed',
  503: 'A part of the gateway is away; Retry-After says when to come back',
  504: 'The provider did not answer in time',
  529: 'The gateway or the provider is overloaded; Retry-After says when to come back',
}

/** `Error404`: each refusal once, in the form of one family of dialects. */
function refusals(error: ErrorName): Record<string, JsonSchema> {
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${error}` } } }
  return Object.fromEntries(
    Object.entries(reasons).map(([status, description]) => [
      `${error}${status}`,
      { description, content },
    ]),
  )
}

/** What the machinery around a row can answer, and what the row says it answers. */
function refusalsOf(route: Route): number[] {
  const { access, params, query, body, tag, path, errors = [], alsoWith = [] } = route
  const isProbe = tag === 'Operations'
  const found = new Set(errors.flatMap(statusesOf))
  // Of an id: only one that cannot be decoded.
  if (params || query || body) found.add(400)
  if (access !== 'public') found.add(401).add(403)
  if (params) found.add(404)
  if (body) found.add(413).add(415)
  if (!isProbe || path.endsWith('.json')) found.add(429)
  if (!isProbe) found.add(errorNameOf(route) === 'AnthropicError' ? overloaded : 503)
  for (const each of alsoWith) found.delete(each)
  return [...found].toSorted((a, b) => a - b)
}

/** Anthropic's own status for what is a 503 elsewhere. */
const overloaded = 529

const statuses: Readonly<Record<string, number | readonly number[]>> = {
  /** Of the call itself; of a key or a policy. */
  budget_exceeded: [402, 429],
  invalid_credentials: 401,
  invalid_session: 401,
  csrf_failed: 403,
  limit_reached: 403,
  not_a_user: 403,
  role_not_allowed: 403,
  changed_meanwhile: 409,
  last_owner: 409,
  log_reset: 409,
  not_editable: 409,
  too_many_rows: 409,
  cursor_expired: 410,
  idempotency_mismatch: 422,
  too_many_attempts: 429,
  operation_unsupported: 501,
  wire_unsupported: 501,
  upstream_error: 502,
  encryption_key_missing: 503,
  public_url_missing: 503,
  upstream_quota: 503,
  provider_unavailable: 503,
  sign_in_busy: 503,
  upstream_timeout: 504,
}
const families: readonly (readonly [RegExp, number])[] = [
  [/_not_found$/, 404],
  [/_(exists|taken|conflict|in_use|changed|read_only)$/, 409],
  [/_(denied|forbidden|disabled)$/, 403],
  [/_exceeded$/, 429],
]

/** By the code's name, as the tables of errors use them; what fits none is a mistake of the caller. */
function statusesOf(code: string): readonly number[] {
  return [statuses[code] ?? families.find(([form]) => form.test(code))?.[1] ?? 400].flat()
}

/** What refers to itself is any JSON: inside an operation nothing could refer to it, and no type generator would follow. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema
  const { $schema: _, $defs, ...rest } = made
  if ($defs === undefined) return rest
  const text = JSON.stringify(rest).replaceAll(/"\$ref":"#\/\$defs\/[^"]+",?/g, '')
  return JSON.parse(text) as JsonSchema
}
