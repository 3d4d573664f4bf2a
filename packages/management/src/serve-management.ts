import { changesState, type Route, type RouteOwner } from '@sluice/contracts/http/route'
import { routesOf } from '@sluice/contracts/http/route-table'
import { manage, type ManagementCall, type ManagementReply } from '@sluice/contracts/rpc/manage'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import type { WorkQueue } from '@sluice/work-queue'
import { serveRpc } from '@sluice/work-queue/rpc'
import type { z } from 'zod'
import type { RecordAudit } from './audit.ts'
import { authorise } from './authorise.ts'
import { type BusSeal, createBusSeal } from './bus-seal.ts'
import { checkInput } from './check-input.ts'
import { managementErrors } from './errors.ts'
import type { Answered, Handled } from './handler.ts'
import { isUndeclared, type OnUndeclared } from './undeclared.ts'

export {
  handle,
  type Answered,
  type AuditedChange,
  type Called,
  type Handled,
  type Handler,
} from './handler.ts'

export interface ServeManagementOptions {
  readonly queue: WorkQueue
  readonly owner: Exclude<RouteOwner, 'ingress'>
  readonly handlers: readonly Handled[]
  readonly audit: RecordAudit
  /** Opens what the edge sealed for routes whose row says `secret`. */
  readonly seal?: BusSeal
  /** Told of error codes that handlers answer beside those of their rows. */
  readonly onUndeclared?: OnUndeclared
  /** Those of the route table unless given. */
  readonly routes?: readonly Route[]
}

type Headers = ManagementCall['headers']

/**
 * Answers the management routes of one owner. Every call is authorised and validated by its row once more: the edge may be of another version, and
 * whatever reaches the bus is not thereby allowed. A reply holds what its row describes and nothing else. Throws when a row has no handler or a handler no
 * row.
 */
export async function serveManagement(options: ServeManagementOptions): Promise<AsyncDisposable> {
  const { queue, owner, handlers, audit, onUndeclared, seal = createBusSeal(null) } = options
  const handled = new Map(handlers.map((each) => [each.route.id, each]))
  requireSame(options.routes ?? routesOf(owner), handlers, owner)
  return serveRpc(queue, manage[owner], async (call) => {
    const found = handled.get(call.route)
    if (!found) throw new GatewayError(managementErrors.route_unknown)
    const { route, handler } = found
    authorise(route, call.principal)
    // `authorise` lets nobody through without one but on public routes, whose handlers are typed for null: see `Called`.
    const principal = call.principal as NonNullable<ManagementCall['principal']>
    const { address, requestId } = call
    const part = { route: route.id, requestId }
    const headers = seal.open(call.headers, { ...part, part: 'headers' }) as Headers
    const body = seal.open(call.body, { ...part, part: 'body' })
    const input = checkInput(route, { ...call, body })
    const called = { principal, address, requestId, headers, ...input }
    const answered = await handler(called).catch((thrown: unknown) => {
      if (GatewayError.is(thrown) && isUndeclared(route, thrown))
        onUndeclared?.(route.id, thrown.code)
      throw thrown
    })
    if (answered.audit && changesState(route)) await audit(call, answered.audit)
    const answer = reply(route, answered)
    if (route.secret === true) answer.body = seal.seal(answer.body, { ...part, part: 'reply' })
    if (answered.headers && 'set-cookie' in answered.headers)
      answer.headers = seal.seal(answer.headers, { ...part, part: 'reply-headers' }) as Headers
    return answer
  })
}

function requireSame(routes: readonly Route[], handlers: readonly Handled[], owner: string): void {
  const rows = new Set(routes.map(({ id }) => id))
  const answered = new Set(handlers.map(({ route }) => route.id))
  const problems = [
    ...[...rows].filter((id) => !answered.has(id)).map((id) => `${id} has no handler`),
    ...[...answered].filter((id) => !rows.has(id)).map((id) => `${id} is not in the route table`),
    ...(answered.size < handlers.length ? ['a route has two handlers'] : []),
  ]
  if (problems.length === 0) return
  const message = `Management routes of ${owner}: ${problems.join(', ')}`
  throw new GatewayError(kernelErrors.internal_error, message)
}

function reply(route: Route, { body, status, headers }: Answered<unknown>) {
  const isJson = route.replyType === undefined && headers?.['content-type'] === undefined
  const isDescribed = isJson && (status ?? 200) < 300
  const described = isDescribed ? route.reply?.safeParse(body) : undefined
  if (described && !described.success) {
    const message = `The reply of ${route.id} is not what its row describes`
    throw new GatewayError(kernelErrors.internal_error, message, { cause: described.error })
  }
  const answer: z.input<typeof ManagementReply> = { body: described?.data ?? body ?? null }
  if (status !== undefined) answer.status = status
  if (headers !== undefined) answer.headers = { ...headers }
  return answer as ManagementReply
}
