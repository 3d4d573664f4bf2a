import type { IncomingMessage } from 'node:http'
import type { Route } from '@sluice/contracts/http/route'
import {
  manage,
  type ManagementCall,
  type ManagementReply,
  type Principal,
} from '@sluice/contracts/rpc/manage'
import { fromUnknown, GatewayError } from '@sluice/kernel/errors'
import { checkInput } from '@sluice/management/check-input'
import { readBody as readJson } from '@sluice/wire/read-body'
import { callRpc } from '@sluice/work-queue/rpc'
import type { Request, RequestHandler, Response } from 'express'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { recognise } from './authenticate.ts'
import { bodyLimit, identify } from './permit.ts'
import { declaredLength, readBody, requireJson } from './read-body.ts'

/** Longer than any change takes; reports over much data take longer. */
const timeoutMs = 5_000
const reportTimeoutMs = 30_000

/** Answers a management route by its owner: who calls and what is said are checked here, whose the thing is by the owner. */
export function createRelay(route: Route, context: IngressContext): RequestHandler {
  const { owner } = route
  if (owner === 'ingress') throw new TypeError(`${route.id} has no handler at the edge`)
  const isReport = owner === 'usage' || owner === 'lake'
  const options = { timeoutMs: isReport ? reportTimeoutMs : timeoutMs }
  return async (request, response) => {
    const exchange = { request, response }
    const principal =
      route.access === 'public'
        ? await recognise(exchange, context)
        : await identify(exchange, route, context)
    const input = {
      params: paramsOf(request),
      query: queryOf(request),
      body: await bodyOf(request, principal, context),
    }
    // What was parsed is not what is sent on: the owner parses again, since what reaches the bus is not thereby valid, and parsing what is parsed already
    // would not give the same (times become numbers, defaults are filled in).
    checkInput(route, input)
    const call: ManagementCall = {
      route: route.id,
      principal: principal && { caller: principal.caller, access: principal.access },
      ...input,
      address: context.addressOf(request),
      requestId: String(response.getHeader('request-id')),
      headers: toldHeaders(request, owner),
    }
    let reply
    try {
      reply = await ask(call, route, context, options)
    } catch (thrown) {
      const error = fromUnknown(thrown)
      if (error.status === 403 && principal !== null)
        context.denied(principal, route, exchange, error)
      if (error.status === 401) await context.bucket.count(call.address, response)
      throw thrown
    }
    write(response, route, reply)
  }
}

/** Secrets cross the bus encrypted. */
async function ask(
  call: ManagementCall,
  { id, owner, secret }: Route,
  { queue, seal }: IngressContext,
  options: { readonly timeoutMs: number },
): Promise<ManagementReply> {
  if (owner === 'ingress') throw new TypeError(`${id} is answered at the edge`)
  const part = { route: id, requestId: call.requestId }
  const body = secret === true ? seal.seal(call.body, { ...part, part: 'body' }) : call.body
  const headers =
    'cookie' in call.headers ? seal.seal(call.headers, { ...part, part: 'headers' }) : call.headers
  const asked = { ...call, body, headers } as ManagementCall
  const reply = await callRpc(queue, manage[owner], asked, options)
  return {
    ...reply,
    body: seal.open(reply.body, { ...part, part: 'reply' }),
    headers: seal.open(reply.headers, { ...part, part: 'reply-headers' }),
  } as ManagementReply
}

function paramsOf({ params }: Request): Record<string, string> {
  const values = Object.entries(params as Record<string, string | string[]>)
  return Object.fromEntries(
    values.map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  )
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/** What is said twice is a list, which no row takes that does not say so. */
function queryOf({ url }: Request): Record<string, string | string[]> {
  const mark = url.indexOf('?')
  const query = Object.create(null) as Record<string, string | string[]>
  for (const [name, value] of new URLSearchParams(mark === -1 ? '' : url.slice(mark))) {
    if (forbidden.has(name)) {
      const message = `The query parameter ${name} is not allowed`
      throw new GatewayError(ingressErrors.invalid_url, message, { param: name })
    }
    const known = query[name]
    query[name] = known === undefined ? value : [known, value].flat()
  }
  return { ...query }
}

async function bodyOf(
  request: IncomingMessage,
  principal: Principal | null,
  { config }: IngressContext,
): Promise<unknown> {
  if (declaredLength(request.headers) === 0) return null
  requireJson(request.headers)
  const limit = bodyLimit(principal?.access ?? null, config.maxRequestBytes)
  const body = await readBody(request, limit)
  return body.length === 0 ? null : readJson(body)
}

const told = ['origin', 'user-agent', 'x-csrf-token', 'accept'] as const
/** A session is for its owner alone: the others are told whose it is. */
const toldToAuth = ['cookie', ...told] as const

function toldHeaders({ headers }: IncomingMessage, owner: Route['owner']): Record<string, string> {
  const names: readonly string[] = owner === 'auth' ? toldToAuth : told
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value] as const] : []
    }),
  )
}

function write(response: Response, { status, replyType }: Route, reply: ManagementReply): void {
  response.status(reply.status ?? status).setHeader('cache-control', 'no-store')
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value)
  if (response.statusCode === 204 || response.statusCode >= 300) response.end()
  else if (reply.headers['content-type'] !== undefined) response.end(String(reply.body))
  else if (replyType === undefined) response.json(reply.body)
  else response.setHeader('content-type', replyType).end(String(reply.body))
}
