import type { Route } from '@sluice/contracts/http/route'
import type { ManagementCall, Principal } from '@sluice/contracts/rpc/manage'
import type { z } from 'zod'

/** Of a schema that a row may leave out. */
type Output<Schema> =
  NonNullable<Schema> extends z.ZodType ? z.output<NonNullable<Schema>> : unknown

/** One call of a route, authorised and validated by its row. */
export interface Called<R extends Route> {
  /** Null on public routes only, for who has no credential. */
  readonly principal: R['access'] extends 'public' ? Principal | null : Principal
  readonly params: Output<R['params']>
  readonly query: Output<R['query']>
  readonly body: Output<R['body']>
  /** Of the client, as far as trusted proxies tell it. */
  readonly address: string
  readonly requestId: string
  /** `cookie`, `origin`, `user-agent`, `x-csrf-token`, `accept`, as far as they were sent. */
  readonly headers: ManagementCall['headers']
}

export interface Answered<Body> {
  readonly body: Body
  /** Undefined: that of the row. */
  readonly status?: number
  /** `set-cookie`, `location`, `content-disposition`; `content-type` where the body is a text of another one than the row's. */
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** What was changed, for the audit log. Never a secret. Absent: nothing was. */
  readonly audit?: AuditedChange
}

export interface AuditedChange {
  /** The thing that was changed, as the API names it: `token:k_…`, `user:anna`. */
  readonly target: string
  readonly before?: unknown
  readonly after?: unknown
  /** Whose log it is in; that of the caller unless given. */
  readonly tenantId?: string
  /** Of who did it, where the call had no principal yet: a login, a registration. */
  readonly actor?: { readonly keyId: string | null; readonly userId: string | null }
}

/** Throws `GatewayError`s, which are answered in the dialect of the route. */
export type Handler<R extends Route> = (
  call: Called<R>,
) => Promise<
  Answered<NonNullable<R['reply']> extends z.ZodType ? z.input<NonNullable<R['reply']>> : unknown>
>

/** A row with what answers it. */
export interface Handled {
  readonly route: Route
  readonly handler: (call: Called<Route>) => Promise<Answered<unknown>>
}

/** Types the handler by its row. */
export function handle<R extends Route>(route: R, handler: Handler<R>): Handled {
  // What a row promises of its input, `checkInput` has made true before the handler is called.
  return { route, handler: handler as unknown as Handled['handler'] }
}
