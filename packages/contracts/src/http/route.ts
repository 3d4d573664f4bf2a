import type { z } from 'zod'
import type { Role } from '../access.ts'

/** The service that answers, or `ingress` where the edge does so itself. */
export type RouteOwner = 'ingress' | 'auth' | 'lake' | 'router' | 'usage'

/**
 * Who may call it. `public`: anybody. `authenticated`: any good credential. Otherwise the roles that may; `platform` on top of it only
 * who stands above tenants.
 */
export type RouteAccess =
  | 'public'
  | 'authenticated'
  | { readonly roles: readonly Role[]; readonly platform?: boolean }

type Shape = z.ZodType

/**
 * One route of the HTTP interface: what it takes, what it answers, who may call it. Authorisation, validation, the OpenAPI document and the SDK
 * are made from it; a route without a row is not served.
 */
export interface Route<
  Params extends Shape = Shape,
  Query extends Shape = Shape,
  Body extends Shape = Shape,
  Reply extends Shape = Shape,
> {
  /** `<noun>.<verb>` (`tokens.create`): the operation's id in OpenAPI, the SDK and the audit log. */
  readonly id: string
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{name}` for parameters; canonical, `/v1/…`. */
  readonly path: string
  /** Served as well under these. */
  readonly aliases?: readonly string[]
  readonly owner: RouteOwner
  readonly tag: string
  readonly summary: string
  readonly access: RouteAccess
  /** Licence flag it needs (capabilities of the tier). */
  readonly feature?: string
  /** Strict objects: an unknown member is a 400. Absent = none. */
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly status: 200 | 201 | 202 | 204
  /** Absent with 204, and where `replyType` is not JSON. */
  readonly reply?: Reply
  /** Statuses beside `status` that come with the same body. */
  readonly alsoWith?: readonly number[]
  /** Content type of another reply. */
  readonly replyType?: string
  /** With `stream: true` in its body the reply is server-sent events. */
  readonly streams?: boolean
  /** Error codes beside those that every route has (`invalid_request`, `invalid_api_key`, `permission_denied`, `rate_limit_exceeded`). */
  readonly errors?: readonly string[]
  /** Body and reply hold secrets: they cross the bus encrypted, where there is a key for it. */
  readonly secret?: boolean
  /** Changes nothing: no audit entry when it succeeds. Default: what the method says. */
  readonly readOnly?: boolean
}

/** Keeps the id and the access as they are written: handlers are named by the one and typed by the other. */
export function defineRoute<
  const Id extends string,
  const Access extends RouteAccess,
  Params extends Shape,
  Query extends Shape,
  Body extends Shape,
  Reply extends Shape,
>(
  route: Route<Params, Query, Body, Reply> & { readonly id: Id; readonly access: Access },
): Route<Params, Query, Body, Reply> & { readonly id: Id; readonly access: Access } {
  return Object.freeze(route)
}

/** Whether a call of it that succeeded is an entry of the audit log. */
export function changesState({ method, readOnly }: Pick<Route, 'method' | 'readOnly'>): boolean {
  return !(readOnly ?? (method === 'GET' || method === 'HEAD'))
}
