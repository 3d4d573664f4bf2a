import { z } from 'zod'
import { Access } from '../access.ts'
import { Caller } from '../caller.ts'
import type { RouteOwner } from '../http/route.ts'
import { defineRpc, type Rpc } from './rpc.ts'

/** Who asks for it: the caller as the edge authenticated it, and what was decided about it. Null on public routes. */
export const Principal = z.object({ caller: Caller, access: Access })
export type Principal = z.infer<typeof Principal>

/**
 * One call of a management route, authorised by the route table and validated by its row. Whoever answers checks what the table cannot know: whose the
 * thing is.
 */
export const ManagementCall = z.object({
  /** `Route.id`. */
  route: z.string(),
  principal: Principal.nullable(),
  params: z.record(z.string(), z.string()),
  /** As the client wrote it: texts, and lists of texts for what is repeated. */
  query: z.unknown(),
  /** The JSON that was sent; null = none. */
  body: z.unknown(),
  /** Of the client, as far as trusted proxies tell it. */
  address: z.string(),
  requestId: z.string(),
  /** Of those only: `cookie`, `origin`, `user-agent`, `x-csrf-token`, `accept`. Names in lower case. */
  headers: z.record(z.string(), z.string()),
})
export type ManagementCall = z.infer<typeof ManagementCall>

export const ManagementReply = z.object({
  /** Undefined: the row's. */
  status: z.int().min(200).max(399).optional(),
  body: z.unknown(),
  /** `set-cookie`, `location`, `content-disposition`; `content-type` where the body is a text of another one than the row's. */
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
})
export type ManagementReply = z.infer<typeof ManagementReply>

export type ManagementRpc = Rpc<ManagementCall, z.input<typeof ManagementReply>>

/** One queue per owner; the route's id says what is wanted. Errors are thrown as `GatewayError`s and answered in the dialect of the route. */
export const manage = {
  auth: defineRpc({ name: 'auth.manage', request: ManagementCall, reply: ManagementReply }),
  lake: defineRpc({ name: 'lake.manage', request: ManagementCall, reply: ManagementReply }),
  router: defineRpc({ name: 'router.manage', request: ManagementCall, reply: ManagementReply }),
  usage: defineRpc({ name: 'usage.manage', request: ManagementCall, reply: ManagementReply }),
} as const satisfies Record<Exclude<RouteOwner, 'ingress'>, unknown>
